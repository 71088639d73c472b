import type { AuditCheck, Hit } from "../../check.ts";
import type { AuditContext } from "../../context.ts";
import { field, subjectOf } from "../../view/kube.ts";
import { hostAddresses } from "../../view/placement.ts";
import { linesMatching } from "../../view/repository.ts";

export const oneInstance: AuditCheck = {
  id: "observability/one-instance",
  severity: "warns",
  title: "A rule or a dashboard names one host",
  reason:
    'A query with `instance="…"` or `node="…"` of the first host goes on being green while the second one burns. One that sums without such a label doubles. Both are found best before the second host reports.',
  sources: [
    "https://prometheus.io/docs/practices/rules/",
    "https://prometheus.io/docs/prometheus/latest/querying/basics/",
  ],
  find,
};

const MATCHER =
  /\b(instance|node|nodename|host|host_name|k8s_node_name|kubernetes_node)\s*=~?\s*\\?["']([^"'\\]+)/g;

function find(context: AuditContext): readonly Hit[] {
  const hosts = hostNames(context);
  if (hosts.size === 0) return [];
  return [...inRules(context, hosts), ...inFiles(context, hosts)];
}

function hostNames(context: AuditContext): ReadonlySet<string> {
  const names = context.cluster.of("Node").map(({ metadata }) => metadata.name);
  return new Set([
    ...names,
    ...context.intent.hosts.map(({ name }) => name),
    ...hostAddresses(context).keys(),
  ]);
}

/** `glaze-prod:9100` names glaze-prod. */
function matchersIn(text: string, hosts: ReadonlySet<string>): readonly string[] {
  return [...text.matchAll(MATCHER)]
    .filter(([, , value = ""]) => hosts.has(value) || hosts.has(value.replace(/:\d+$/, "")))
    .map(([, label = "", value = ""]) => `${label}="${value}"`);
}

function inRules({ cluster }: AuditContext, hosts: ReadonlySet<string>): readonly Hit[] {
  return cluster.of("PrometheusRule").flatMap((rule) => {
    const groups = field(rule, "spec", "groups");
    const rules = (Array.isArray(groups) ? groups : []).flatMap((group) => field(group, "rules") ?? []);
    return rules.flatMap((each) => {
      const expr = String(field(each, "expr") ?? "");
      const named = matchersIn(expr, hosts);
      if (named.length === 0) return [];
      const name = String(field(each, "alert") ?? field(each, "record"));
      return [{ subject: subjectOf(rule), evidence: `${name}: ${expr}`, fix: fixFor(named) }];
    });
  });
}

function inFiles(context: AuditContext, hosts: ReadonlySet<string>): readonly Hit[] {
  return linesMatching(context, /\.(ya?ml|json)$/, new RegExp(MATCHER.source)).flatMap(
    ({ at, text, shown }) => {
      const named = matchersIn(text, hosts);
      return named.length === 0 ? [] : [{ subject: at.file, evidence: shown, fix: fixFor(named), at }];
    },
  );
}

function fixFor(named: readonly string[]): string {
  return `Take ${[...new Set(named)].join(" and ")} out of the query and keep the label: by (${[...new Set(named.map((each) => each.replace(/=.*/, "")))].join(", ")}).`;
}
