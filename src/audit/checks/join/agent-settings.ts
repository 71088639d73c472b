import type { AuditCheck, Hit } from "../../check.ts";
import type { AuditContext } from "../../context.ts";
import { settingsNamed, settingText } from "../../view/settings.ts";

export const agentSettings: AuditCheck = {
  id: "join/agent-settings",
  severity: "informs",
  title: "An agent's configuration says what only a server decides",
  reason:
    "Ranges, flannel's backend, what is disabled: a server says it and tells its agents. In an agent's file it is at best ignored, and read by " +
    "people as if it were so. An agent needs server, token-file, its name, node-ip and flannel-iface.",
  sources: ["https://docs.k3s.io/cli/server#critical-configuration-values", "https://docs.k3s.io/cli/agent"],
  find,
};

const OF_SERVERS = [
  "advertise-address",
  "cluster-cidr",
  "cluster-dns",
  "cluster-domain",
  "cluster-init",
  "datastore-endpoint",
  "disable",
  "disable-network-policy",
  "flannel-backend",
  "flannel-external-ip",
  "kube-apiserver-arg",
  "kube-controller-manager-arg",
  "kube-scheduler-arg",
  "secrets-encryption",
  "service-cidr",
  "tls-san",
  "write-kubeconfig-mode",
];

function find(context: AuditContext): readonly Hit[] {
  const foreign = settingsNamed(context, ...OF_SERVERS).filter(({ role }) => role === "agent");
  return [...Map.groupBy(foreign, ({ subject }) => subject)].map(([subject, settings]) => {
    const at = settings[0]?.at;
    return {
      subject,
      evidence: settings.map(settingText).join("; "),
      fix: `Take ${[...new Set(settings.map(({ key }) => key))].join(", ")} out of it: the server's own configuration decides.`,
      ...(at === undefined ? {} : { at }),
    };
  });
}
