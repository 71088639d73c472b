import type { AuditCheck, Hit } from "../../check.ts";
import type { AuditContext } from "../../context.ts";
import { subjectOf } from "../../view/kube.ts";
import { serverVersion } from "../../view/versions.ts";

export const hostNetworkUdp: AuditCheck = {
  id: "network/host-network-udp",
  severity: "warns",
  title: "Pods on the host's network lose DNS once CoreDNS is elsewhere",
  reason:
    "In some releases of k3s a pod with hostNetwork: true cannot reach a Service over UDP when the pod behind it is on another node: names " +
    "resolve on one host, and time out on the other. The flannel in v1.23.14, v1.24.8 and v1.25.4 has the fault, the next patch of each has not.",
  sources: ["https://github.com/k3s-io/k3s/issues/6664", "https://github.com/k3s-io/k3s/issues/6880"],
  find,
};

/** The last patch of each minor version with flannel 0.20.1; of older ones nothing is known. */
const LAST_FAULTY: Readonly<Record<string, number>> = { "1.23": 14, "1.24": 8, "1.25": 4 };

function find(context: AuditContext): readonly Hit[] {
  const version = serverVersion(context);
  const [, minor = "", patch = ""] = /^v(\d+\.\d+)\.(\d+)/.exec(version ?? "") ?? [];
  const last = LAST_FAULTY[minor];
  if (last === undefined || Number(patch) > last) return [];
  const pods = context.cluster.workloads.filter(({ podSpec }) => podSpec.hostNetwork === true);
  if (pods.length === 0) return [];
  return [
    {
      subject: "Cluster",
      evidence: `k3s ${version}, with hostNetwork: true in ${pods.map(({ object }) => subjectOf(object)).join(", ")}`,
      fix: `Upgrade k3s to the newest patch of v${minor}, v${minor}.${last + 1} at least, some days before the move: curl -sfL https://get.k3s.io | INSTALL_K3S_CHANNEL=v${minor} sh -`,
    },
  ];
}
