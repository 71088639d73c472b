import type { KubeObject } from "../../../model/facts.ts";
import type { AuditCheck, Hit } from "../../check.ts";
import type { AuditContext } from "../../context.ts";
import { field, subjectOf } from "../../view/kube.ts";

export const notReady: AuditCheck = {
  id: "secrets/not-ready",
  severity: "blocks",
  title: "Secrets do not come from the secret manager",
  reason:
    "The Secret in the cluster still holds what it was given last, so nothing shows; but a new value never arrives. The switch writes the new address into the secret manager and waits for it in vain. A token that has " +
    "expired is the usual cause; one that is bound to the first host's address is another, and comes with the second host.",
  sources: [
    "https://external-secrets.io/latest/introduction/faq/",
    "https://external-secrets.io/latest/provider/infisical/",
  ],
  find,
};

const KINDS = ["ExternalSecret", "SecretStore", "ClusterSecretStore", "InfisicalSecret"];

function find({ cluster }: AuditContext): readonly Hit[] {
  return KINDS.flatMap(cluster.of).flatMap((object) => {
    const condition = falseCondition(object);
    if (condition === null) return [];
    const { namespace, name } = object.metadata;
    const scope = namespace === undefined ? "" : `-n ${namespace} `;
    return [
      {
        subject: subjectOf(object),
        evidence: condition,
        fix: `kubectl ${scope}describe ${object.kind.toLowerCase()} ${name}, renew what it signs in with, and see it Ready before anything moves.`,
      },
    ];
  });
}

function falseCondition(object: KubeObject): string | null {
  const conditions = field(object, "status", "conditions");
  const found = (Array.isArray(conditions) ? conditions : []).find(
    (each) => field(each, "type") === "Ready" && field(each, "status") === "False",
  );
  if (found === undefined) return null;
  return ["Ready: False", field(found, "reason"), field(found, "message")]
    .filter((text) => typeof text === "string")
    .join(", ");
}
