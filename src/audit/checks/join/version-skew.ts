import type { AuditCheck, Hit } from "../../check.ts";
import type { AuditContext } from "../../context.ts";
import { viewHosts } from "../../view/hosts.ts";
import { viewNodes } from "../../view/nodes.ts";
import { serverVersion } from "../../view/versions.ts";

export const versionSkew: AuditCheck = {
  id: "join/version-skew",
  severity: "blocks",
  title: "The hosts run different versions of k3s",
  reason:
    "A kubelet newer than the API server is not supported at all; agents two minor versions older have lost flannel. k3s nodes of one " +
    "cluster run exactly one version outside of an upgrade.",
  sources: [
    "https://kubernetes.io/releases/version-skew-policy/#kubelet",
    "https://github.com/k3s-io/k3s/issues/3217",
    "https://github.com/k3s-io/k3s/issues/12819",
  ],
  find,
};

function find(context: AuditContext): readonly Hit[] {
  const server = serverVersion(context);
  if (server === null) return [];
  return [...runningVersions(context)]
    .filter(([, version]) => version !== server)
    .map(([name, version]) => ({
      subject: `host ${name}`,
      evidence: `it runs ${version}, the server ${server}`,
      fix: `On ${name}: curl -sfL https://get.k3s.io | INSTALL_K3S_VERSION=${server} sh -s - agent (its settings stay in /etc/rancher/k3s/config.yaml).`,
    }));
}

/** By host, as the host itself says, else as its node does. */
function runningVersions(context: AuditContext): ReadonlyMap<string, string> {
  const fromNodes = viewNodes(context).flatMap(({ name, version, host }) =>
    version === null ? [] : [[host?.name ?? name, version] as const],
  );
  const fromHosts = viewHosts(context).flatMap(({ name, facts: { k3s } }) =>
    k3s === null || k3s.version === null ? [] : [[name, k3s.version] as const],
  );
  return new Map([...fromNodes, ...fromHosts]);
}
