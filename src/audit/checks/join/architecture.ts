import type { AuditCheck, Hit } from "../../check.ts";
import type { AuditContext } from "../../context.ts";
import { viewHosts } from "../../view/hosts.ts";
import { viewNodes } from "../../view/nodes.ts";

export const architecture: AuditCheck = {
  id: "join/architecture",
  severity: "warns",
  title: "The hosts have different processors",
  reason:
    "An image built for one architecture does not start on the other: exec format error, on whichever pods the scheduler happens to put " +
    "there. Images of one's own are mostly built for one.",
  sources: ["https://kubernetes.io/docs/reference/labels-annotations-taints/#kubernetes-io-arch"],
  find,
};

const KUBERNETES_NAMES: Readonly<Record<string, string>> = { x86_64: "amd64", aarch64: "arm64" };

function find(context: AuditContext): readonly Hit[] {
  const known = new Map<string, string>();
  for (const { name, architecture: value, host } of viewNodes(context)) {
    if (value !== null) known.set(host?.name ?? name, value);
  }
  for (const {
    name,
    facts: { os },
  } of viewHosts(context)) {
    if (os !== null) known.set(name, KUBERNETES_NAMES[os.architecture] ?? os.architecture);
  }
  if (new Set(known.values()).size < 2) return [];
  const text = [...known].map(([name, value]) => `${name} ${value}`).join(", ");
  return [
    {
      subject: "hosts",
      evidence: text,
      fix: "Take the new host in the architecture of the first; or build every image for both (docker buildx build --platform linux/amd64,linux/arm64 --push) before it takes pods.",
    },
  ];
}
