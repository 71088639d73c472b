import type { AuditCheck, Hit } from "../../check.ts";
import type { AuditContext } from "../../context.ts";
import { field, subjectOf } from "../../view/kube.ts";
import { selects } from "../../view/serviceHost.ts";

export const guardingWebhook: AuditCheck = {
  id: "workloads/guarding-webhook",
  severity: "warns",
  title: "No pod can start without one that runs once",
  reason:
    "An admission webhook that guards every pod and refuses when it does not answer (`failurePolicy: Fail`) must run somewhere. If it runs once, and its host dies, no pod can be started elsewhere, its own included: the second host stands there and takes over nothing.",
  sources: [
    "https://kubernetes.io/docs/concepts/cluster-administration/admission-webhooks-good-practices/",
    "https://github.com/cert-manager/cert-manager/issues/2811",
  ],
  find,
};

function find({ cluster }: AuditContext): readonly Hit[] {
  const configurations = ["ValidatingWebhookConfiguration", "MutatingWebhookConfiguration"].flatMap(
    cluster.of,
  );
  return configurations.flatMap((configuration) => {
    const hooks = field(configuration, "webhooks");
    const guard = (Array.isArray(hooks) ? hooks : []).find(
      (hook) => field(hook, "failurePolicy") !== "Ignore" && guardsPods(hook),
    );
    const name = field(guard, "clientConfig", "service", "name");
    const namespace = field(guard, "clientConfig", "service", "namespace");
    if (typeof name !== "string" || typeof namespace !== "string") return [];
    const service = cluster.find("Service", namespace, name);
    const behind = cluster.workloads.find(
      (each) => each.namespace === namespace && selects(service, each.podLabels),
    );
    if (behind === undefined || (behind.replicas ?? 2) > 1) return [];
    return [
      {
        subject: subjectOf(configuration),
        evidence: `failurePolicy: Fail for every pod, answered by ${subjectOf(behind.object)}, replicas: ${behind.replicas}`,
        fix: `Run two replicas of ${subjectOf(behind.object)} and leave its own namespace out (namespaceSelector), or set failurePolicy: Ignore.`,
      },
    ];
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
