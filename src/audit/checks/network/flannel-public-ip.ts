import type { AuditCheck, Hit } from "../../check.ts";
import type { AuditContext } from "../../context.ts";
import { subjectOf } from "../../view/kube.ts";
import { type NodeView, viewNodes } from "../../view/nodes.ts";
import { isPrivate } from "../../view/ranges.ts";

export const flannelPublicIp: AuditCheck = {
  id: "network/flannel-public-ip",
  severity: "blocks",
  title: "flannel uses the public interface although the node does not",
  reason:
    "flannel takes the interface of the default route, whatever node-ip says. The annotation flannel.alpha.coreos.com/public-ip " +
    "is the address to which the other node will send its VXLAN packets: it must be the private one.",
  sources: [
    "https://github.com/k3s-io/k3s/issues/12459",
    "https://github.com/k3s-io/k3s/issues/4847",
    "https://github.com/k3s-io/k3s/issues/1131",
  ],
  find,
};

const ANNOTATION = "flannel.alpha.coreos.com/public-ip";

/** Where the node itself has the public address, that finding covers this one. */
function find(context: AuditContext): readonly Hit[] {
  return viewNodes(context).flatMap((node) => {
    const { object, internalAddress } = node;
    const used = object.metadata.annotations?.[ANNOTATION];
    if (used === undefined || isPrivate(used)) return [];
    if (internalAddress !== null && !isPrivate(internalAddress)) return [];
    return [
      {
        subject: subjectOf(object),
        evidence: `annotation ${ANNOTATION}: ${used}, while InternalIP is ${internalAddress ?? "not known"}`,
        fix: fixOf(node),
      },
    ];
  });
}

function fixOf({ name, host, isServer }: NodeView): string {
  const device = host?.privateAddress?.interface ?? "<the private interface>";
  return `flannel-iface: ${device} in /etc/rancher/k3s/config.yaml of ${host?.name ?? name}, then: systemctl restart ${isServer ? "k3s" : "k3s-agent"}. Pods keep running; the annotation must read ${host?.privateAddress?.address ?? "the private address"} afterwards.`;
}
