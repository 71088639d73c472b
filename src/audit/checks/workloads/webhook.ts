import type { KubeObject } from "../../../model/facts.ts";
import type { AuditCheck, Hit } from "../../check.ts";
import type { AuditContext } from "../../context.ts";
import { field, subjectOf } from "../../view/kube.ts";
import { selects } from "../../view/serviceHost.ts";
import type { Workload } from "../../view/workload.ts";

export const webhook: AuditCheck = {
  id: "workloads/webhook",
  severity: "warns",
  title: "The API asks a pod before it does anything",
  reason:
    "An admission webhook is a call from the API server on the first host to a pod, over the overlay network. If the pod lands on the second host and UDP 8472 is closed, each call times out; with `failurePolicy: Fail` the " +
    "objects it guards can no longer be written, and `helm upgrade` fails, while nodes look Ready and logs work. One that guards pods and runs once is worse: when its host dies no pod can start, its own included.",
  sources: [
    "https://github.com/cert-manager/cert-manager/issues/2811",
    "https://kubernetes.io/docs/concepts/cluster-administration/admission-webhooks-good-practices/",
  ],
  find,
};

function find({ cluster }: AuditContext): readonly Hit[] {
  const configurations = ["ValidatingWebhookConfiguration", "MutatingWebhookConfiguration"].flatMap(
    cluster.of,
  );
  return configurations.flatMap((configuration) => {
    const hooks = field(configuration, "webhooks");
    const strict = (Array.isArray(hooks) ? hooks : []).filter(
      (hook) => field(hook, "failurePolicy") !== "Ignore",
    );
    const guard = strict.find(guardsPods);
    const hook = guard ?? strict[0];
    const name = field(hook, "clientConfig", "service", "name");
    const namespace = field(hook, "clientConfig", "service", "namespace");
    if (typeof name !== "string" || typeof namespace !== "string") return [];
    const service = cluster.find("Service", namespace, name);
    const behind = cluster.workloads.find(
      (each) => each.namespace === namespace && selects(service, each.podLabels),
    );
    return [hitOf(configuration, guard !== undefined, `${namespace}/${name}`, behind)];
  });
}

/** Pods of every namespace: where none is left out, its own are guarded too. */
function guardsPods(hook: unknown): boolean {
  const rules = field(hook, "rules");
  const isPods = (Array.isArray(rules) ? rules : []).some((rule) => {
    const [groups, resources] = [field(rule, "apiGroups"), field(rule, "resources")];
    return has(groups, "", "*") && has(resources, "pods", "*", "*/*");
  });
  const isEverywhere = !("matchExpressions" in Object(field(hook, "namespaceSelector")));
  return isPods && isEverywhere && Object.keys(Object(field(hook, "objectSelector"))).length === 0;
}

function has(list: unknown, ...values: readonly string[]): boolean {
  return Array.isArray(list) && list.some((each) => values.includes(String(each)));
}

function hitOf(
  configuration: KubeObject,
  isGuard: boolean,
  service: string,
  behind: Workload | undefined,
): Hit {
  const pods =
    behind === undefined ? "" : ` (${subjectOf(behind.object)}, replicas: ${behind.replicas ?? 1})`;
  const isAlone = isGuard && behind !== undefined && (behind.replicas ?? 1) < 2;
  return {
    subject: subjectOf(configuration),
    evidence: `failurePolicy: Fail, answered by Service ${service}${pods}${isGuard ? "; it guards every pod" : ""}`,
    fix: isAlone
      ? `Run two replicas of ${subjectOf(behind.object)} and leave its own namespace out (namespaceSelector), or set failurePolicy: Ignore.`
      : "After the join, before the taint goes: create something it guards with --dry-run=server, with its pod on the new node.",
    ...(isAlone ? {} : { severity: "informs" as const }),
  };
}
