import type { AuditCheck, Hit } from "../../check.ts";
import type { AuditContext } from "../../context.ts";
import { unbuiltHosts } from "../../view/hosts.ts";

export const nodePassword: AuditCheck = {
  id: "join/node-password",
  severity: "blocks",
  title: "The name of the new node is taken",
  reason:
    "Every node has a password that it made when it first joined; the server keeps its hash in a Secret and refuses another host under the " +
    'same name: "Node password rejected, duplicate hostname". A host that was deleted, or built anew, leaves that Secret and its node behind.',
  sources: [
    "https://github.com/k3s-io/k3s/issues/6054",
    "https://github.com/k3s-io/k3s/issues/802",
    "https://github.com/vitobotta/hetzner-k3s/issues/390",
  ],
  find,
};

function find(context: AuditContext): readonly Hit[] {
  const { cluster } = context;
  return unbuiltHosts(context).flatMap((name) => {
    const secret = cluster.find("Secret", "kube-system", `${name}.node-password.k3s`);
    const node = cluster.find("Node", undefined, name);
    // A node that is ready is a host in use, which was only not read.
    if (secret === undefined || (node !== undefined && isReady(node))) return [];
    const evidence = `Secret kube-system/${name}.node-password.k3s is there${node === undefined ? ", and no node of that name" : `, and Node ${name} is not ready`}`;
    const deleteNode = node === undefined ? "" : `kubectl delete node ${name}\n`;
    return [
      {
        subject: `host ${name}`,
        evidence,
        fix: `${deleteNode}kubectl -n kube-system delete secret ${name}.node-password.k3s\nor join under another node-name.`,
      },
    ];
  });
}

function isReady(node: object): boolean {
  const { status } = node as { status?: { conditions?: readonly { type?: string; status?: string }[] } };
  return (status?.conditions ?? []).some((each) => each.type === "Ready" && each.status === "True");
}
