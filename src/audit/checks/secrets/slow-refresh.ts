import type { KubeObject } from "../../../model/facts.ts";
import type { AuditCheck, Hit } from "../../check.ts";
import type { AuditContext } from "../../context.ts";
import { targetOf } from "../../view/externalSecret.ts";
import { field, subjectOf } from "../../view/kube.ts";

export const slowRefresh: AuditCheck = {
  id: "secrets/slow-refresh",
  severity: "warns",
  title: "A changed secret arrives late, or never",
  reason:
    "External Secrets looks at the secret manager every `refreshInterval`, an hour when nothing is said, and with `0` or a policy of `CreatedOnce` or `OnChange` only once. The switch changes an address and restarts the pods: those that start before the " +
    "new value has arrived go to the old store. An annotation makes it look at once.",
  sources: [
    "https://external-secrets.io/latest/api/externalsecret/",
    "https://external-secrets.io/latest/introduction/faq/",
  ],
  find,
};

const LONGEST_SECONDS = 300;

/** Only those that carry the address of a store that moves. */
function find({ cluster, stores }: AuditContext): readonly Hit[] {
  const carriers = stores
    .filter(({ leavesCluster }) => leavesCluster)
    .flatMap(({ consumers }) => consumers.flatMap(({ addresses }) => addresses))
    .flatMap(({ place }) => (place.kind === "Secret" && place.writer !== undefined ? [place.writer] : []));
  return cluster
    .of("ExternalSecret")
    .filter((each) => carriers.includes(each))
    .flatMap((each) => {
      const policy = field(each, "spec", "refreshPolicy");
      const interval = field(each, "spec", "refreshInterval") ?? "1h";
      const isOnce = policy === "CreatedOnce" || policy === "OnChange" || secondsOf(String(interval)) === 0;
      if (!isOnce && secondsOf(String(interval)) <= LONGEST_SECONDS) return [];
      return [
        hitOf(
          each,
          isOnce,
          policy === undefined
            ? `refreshInterval: ${interval}`
            : `refreshPolicy: ${policy}, refreshInterval: ${interval}`,
        ),
      ];
    });
}

function hitOf(externalSecret: KubeObject, isOnce: boolean, evidence: string): Hit {
  const { namespace = "default", name } = externalSecret.metadata;
  return {
    subject: subjectOf(externalSecret),
    evidence: `${evidence}; it writes Secret ${targetOf(externalSecret)}, which holds the address of a store that moves`,
    fix: isOnce
      ? `Set refreshPolicy: Periodic and refreshInterval: 1m in ${subjectOf(externalSecret)}.`
      : `At the switch: kubectl -n ${namespace} annotate externalsecret ${name} force-sync=$(date +%s) --overwrite, and wait for its status.refreshTime before the pods restart.`,
    ...(isOnce ? {} : { severity: "informs" as const }),
  };
}

/** `1h30m`, `0s`, `0`. */
function secondsOf(text: string): number {
  const units: Readonly<Record<string, number>> = { h: 3600, m: 60, s: 1 };
  return [...text.matchAll(/(\d+(?:\.\d+)?)(h|m|s)/g)].reduce(
    (sum, [, amount, unit]) => sum + Number(amount) * (units[unit ?? ""] ?? 0),
    0,
  );
}
