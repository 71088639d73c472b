import type { AuditCheck, Hit } from "../../check.ts";
import type { AuditContext } from "../../context.ts";
import { followsSecret } from "../../view/addressChange.ts";
import { subjectOf } from "../../view/kube.ts";
import type { Workload } from "../../view/workload.ts";

export const noRestart: AuditCheck = {
  id: "secrets/no-restart",
  severity: "informs",
  title: "A changed secret does not reach running pods",
  reason:
    "Processes read their environment once, when they start. After the Secret has changed, pods go on with the old address until something restarts them; one that crashes meanwhile starts with the new one, and two halves of the application " +
    "write to two databases. The restart belongs to the switch, with no writes in between.",
  sources: [
    "https://kubernetes.io/docs/concepts/configuration/secret/#using-secrets-as-environment-variables",
    "https://github.com/stakater/Reloader",
  ],
  find,
};

function find({ stores }: AuditContext): readonly Hit[] {
  const following = stores
    .filter(({ leavesCluster }) => leavesCluster)
    .flatMap(({ consumers }) => consumers)
    .filter(({ workload: { kind }, addresses }) => kind === "Deployment" && addresses.some(followsSecret))
    .map(({ workload }) => workload)
    .filter((workload) => !isReloaded(workload));
  return [...new Set(following)].map(({ object, namespace, name }) => ({
    subject: subjectOf(object),
    evidence: "it takes its address from a Secret, and no annotation restarts it when that changes",
    fix: `Right after the switch: kubectl -n ${namespace} rollout restart deployment ${name} (the plan does it).`,
  }));
}

function isReloaded({ object }: Workload): boolean {
  return Object.keys(object.metadata.annotations ?? {}).some((key) =>
    /reloader\.stakater\.com|secrets\.infisical\.com\/auto-reload/.test(key),
  );
}
