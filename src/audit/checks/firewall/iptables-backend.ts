import type { HostFacts } from "../../../model/hostFacts.ts";
import type { AuditCheck, Hit } from "../../check.ts";
import type { AuditContext } from "../../context.ts";
import { settingsNamed } from "../../view/settings.ts";

export const iptablesBackend: AuditCheck = {
  id: "firewall/iptables-backend",
  severity: "warns",
  title: "iptables is one that k3s does not get on with",
  reason:
    "iptables 1.8.0 to 1.8.4 in nf_tables mode add the same rule again and again, until the host crawls. The legacy backend " +
    "keeps its rules where nft does not see them: two firewalls on one host, and this audit can judge only one of them. Two " +
    "hosts with different backends behave differently under the same configuration.",
  sources: [
    "https://docs.k3s.io/known-issues#iptables",
    "https://github.com/k3s-io/k3s/issues/3117",
    "https://github.com/cloudnativelabs/kube-router/issues/1069",
  ],
  find,
};

function find(context: AuditContext): readonly Hit[] {
  return Object.entries(context.facts.hosts).flatMap(([name, { iptables }]) => {
    const evidence = iptables === null ? null : complaintOf(iptables);
    const isBundled = settingsNamed(context, "prefer-bundled-bin").some(
      ({ host, value }) => host === name && value === "true",
    );
    if (evidence === null || isBundled) return [];
    return [
      {
        subject: `host ${name}`,
        evidence,
        fix: "Let k3s use its own: prefer-bundled-bin: true in /etc/rancher/k3s/config.yaml, then reboot the host, so that no old rule stays.",
      },
    ];
  });
}

function complaintOf({ version, backend }: NonNullable<HostFacts["iptables"]>): string | null {
  if (backend === "legacy") {
    return `iptables ${version} uses the legacy backend: its rules are not in what nft lists, so that no verdict is given for this host`;
  }
  return /^v?1\.8\.[0-4]$/.test(version) && backend === "nf_tables"
    ? `iptables ${version} (nf_tables)`
    : null;
}
