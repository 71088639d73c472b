import type { AuditCheck, Hit } from "../../check.ts";
import type { AuditContext } from "../../context.ts";
import { field, subjectOf } from "../../view/kube.ts";

export const handMade: AuditCheck = {
  id: "secrets/hand-made",
  severity: "informs",
  title: "An address is in a Secret that no manager writes",
  reason:
    "Where other secrets come from a secret manager, one that was made by hand is forgotten: it is not in the manager's history, and a new cluster would not have it. If Helm writes it, the next deploy puts the old address back.",
  sources: [
    "https://external-secrets.io/latest/",
    "https://infisical.com/docs/integrations/platforms/kubernetes/overview",
  ],
  find,
};

function find({ cluster, stores }: AuditContext): readonly Hit[] {
  if (cluster.of("ExternalSecret").length + cluster.of("InfisicalSecret").length === 0) return [];
  const places = stores
    .filter(({ leavesCluster }) => leavesCluster)
    .flatMap(({ consumers }) =>
      consumers.flatMap(({ workload, addresses }) =>
        addresses.flatMap(({ place }) =>
          place.kind === "Secret" && place.writer === undefined
            ? [`${workload.namespace}/${place.name}/${place.key}`]
            : [],
        ),
      ),
    );
  return [...new Set(places)].flatMap((place) => {
    const [namespace = "", name = "", key] = place.split("/");
    const secret = cluster.find("Secret", namespace, name);
    const owners = secret?.metadata.ownerReferences;
    if (secret === undefined || (Array.isArray(owners) && owners.length > 0)) return [];
    const release = field(secret, "metadata", "annotations", "meta.helm.sh/release-name");
    return [
      {
        subject: subjectOf(secret),
        evidence: `key ${key} holds the address of a store that moves; ${typeof release === "string" ? `release ${release} of Helm writes it` : "nothing writes it"}`,
        fix: `Keep ${key} in the secret manager with the others and let an ExternalSecret write ${subjectOf(secret)}.`,
        ...(typeof release === "string" ? { severity: "warns" as const } : {}),
      },
    ];
  });
}
