import type { AuditCheck, Hit } from "../../check.ts";
import type { AuditContext } from "../../context.ts";

export const certificates: AuditCheck = {
  id: "k3s/certificates",
  severity: "warns",
  title: "k3s's certificates run out soon",
  reason:
    "Its certificates live for a year and are renewed only when k3s starts within 90 days of their end. A host that has run for nine " +
    "months without a restart stops talking to its cluster on a day of its own choosing: better during the move, on purpose.",
  sources: ["https://docs.k3s.io/advanced#certificate-management", "https://docs.k3s.io/cli/certificate"],
  find,
};

function find({ facts }: AuditContext): readonly Hit[] {
  return Object.entries(facts.hosts).flatMap(([name, { k3s }]) => {
    if (k3s?.hasCertificatesExpiringSoon !== true) return [];
    const unit = k3s.role === "server" ? "k3s" : "k3s-agent";
    return [
      {
        subject: `host ${name}`,
        evidence: "k3s certificate check: some end within 90 days",
        fix: `systemctl restart ${unit} on ${name} in the maintenance window, before the join; then: k3s certificate check`,
      },
    ];
  });
}
