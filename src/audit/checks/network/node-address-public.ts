import type { AuditCheck, Hit } from "../../check.ts";
import type { AuditContext } from "../../context.ts";
import { subjectOf } from "../../view/kube.ts";
import { type NodeView, viewNodes } from "../../view/nodes.ts";
import { isPrivate } from "../../view/ranges.ts";

export const nodeAddressPublic: AuditCheck = {
  id: "network/node-address-public",
  severity: "blocks",
  title: "The node stands in the cluster under its public address",
  reason:
    "Without node-ip k3s takes the address of the default route, which at DigitalOcean is the public one; flannel does the " +
    "same, even when node-ip is set. The second node would then send its pod traffic, unencrypted, over the internet, and " +
    "join there too. Changing the address of a node afterwards is not well supported: the node object is deleted and comes back.",
  sources: [
    "https://github.com/k3s-io/k3s/issues/1824",
    "https://github.com/k3s-io/k3s/issues/5880",
    "https://github.com/k3s-io/k3s/issues/6026",
    "https://github.com/k3s-io/k3s/issues/7036",
  ],
  find,
};

function find(context: AuditContext): readonly Hit[] {
  return viewNodes(context).flatMap((node) => {
    const { internalAddress } = node;
    if (internalAddress === null || internalAddress.includes(":") || isPrivate(internalAddress)) return [];
    return [
      {
        subject: subjectOf(node.object),
        evidence: `InternalIP ${internalAddress} is a public address${privateText(node)}`,
        fix: fixOf(node),
      },
    ];
  });
}

function privateText({ host }: NodeView): string {
  const own = host?.privateAddress ?? null;
  return own === null ? "" : `; the private one is ${own.address} on ${own.interface}`;
}

/** Short outage of what runs there: the pods are created anew. */
function fixOf({ name, isServer, host }: NodeView): string {
  const own = host?.privateAddress ?? null;
  const unit = isServer ? "k3s" : "k3s-agent";
  return [
    `In /etc/rancher/k3s/config.yaml of ${host?.name ?? name}, in a maintenance window:`,
    `node-ip: ${own?.address ?? "<its private address>"}`,
    `flannel-iface: ${own?.interface ?? "<the private interface>"}`,
    `Then: kubectl delete node ${name} && systemctl restart ${unit}, and delete ServiceLB's pods so that they take the new address: kubectl -n kube-system delete pod -l svccontroller.k3s.cattle.io/svcname`,
  ].join("\n");
}
