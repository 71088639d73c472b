import type { AuditCheck, Hit } from "../../check.ts";
import type { AuditContext } from "../../context.ts";
import { originOf, type Variable } from "../../view/environment.ts";
import { subjectOf } from "../../view/kube.ts";
import type { Workload } from "../../view/workload.ts";

export const unknownAddress: AuditCheck = {
  id: "data/unknown-address",
  severity: "warns",
  title: "Where a variable points could not be seen",
  reason:
    "The variable is named like an address of a database or a queue, but its value is not among the facts: the Secret is not there (yet), may not be read, or holds no URL. " +
    "Whether this workload must follow when a store moves is then not known, and silence would be a guess.",
  sources: ["https://kubernetes.io/docs/concepts/configuration/secret/"],
  find,
};

const ADDRESS =
  /(^|_)(DATABASE|POSTGRES(QL)?|PG|DB|REDIS|VALKEY|BROKER|CELERY\w*)_?(\w+_)?(URL|URI|DSN|HOST|ADDR(ESS)?)$/;

function find(context: AuditContext): readonly Hit[] {
  const { stores, cluster } = context;
  if (!stores.some(({ leavesCluster }) => leavesCluster)) return [];
  const behind = new Set(stores.flatMap(({ workloads }) => workloads));
  return context.product.workloads
    .filter((workload) => !behind.has(workload))
    .flatMap((workload) => {
      const unknown = cluster
        .environmentOf(workload)
        .filter(({ name, value }) => ADDRESS.test(name) && value === "[redacted]");
      return unknown.length === 0 ? [] : [hitOf(workload, unknown)];
    });
}

function hitOf({ object, namespace }: Workload, unknown: readonly Variable[]): Hit {
  const texts = unknown.map(({ container, name, source, isUnknown }) => {
    const origin = originOf(source, namespace);
    return `container ${container}: ${name} (${origin}, ${isUnknown ? "which is not there" : "which is no URL"})`;
  });
  const names = [...new Set(unknown.map(({ name }) => name))];
  return {
    subject: subjectOf(object),
    evidence: texts.join("; "),
    fix: `See where ${names.join(" and ")} ${names.length === 1 ? "points" : "point"}; if it is a store that moves, change it at the switch.`,
  };
}
