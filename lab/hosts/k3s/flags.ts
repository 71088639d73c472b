/**
 * The flags of k3s that this stand-in knows; any other one is refused as k3s refuses a flag it has not.
 * https://docs.k3s.io/cli/server, https://docs.k3s.io/cli/agent
 */
const COMMON = [
  ...["token", "token-file", "bind-address", "data-dir", "node-name", "with-node-id", "node-label"],
  ...["node-taint", "protect-kernel-defaults", "selinux", "lb-server-port", "private-registry"],
  ...["disable-default-registry-endpoint", "node-ip", "node-external-ip", "node-internal-dns"],
  ...["node-external-dns", "resolv-conf", "flannel-iface", "flannel-conf", "flannel-cni-conf"],
  ...["kubelet-arg", "kube-proxy-arg", "prefer-bundled-bin", "vpn-auth", "vpn-auth-file", "debug", "v"],
];

const SERVER = [
  ...["https-listen-port", "advertise-address", "advertise-port", "tls-san", "tls-san-security"],
  ...["flannel-backend", "flannel-external-ip", "flannel-ipv6-masq", "agent-token", "agent-token-file"],
  ...["cluster-init", "cluster-cidr", "service-cidr", "cluster-dns", "cluster-domain", "cluster-reset"],
  ...["datastore-endpoint", "disable", "disable-network-policy", "disable-cloud-controller"],
  ...["disable-helm-controller", "disable-kube-proxy", "egress-selector-mode", "embedded-registry"],
  ...["default-local-storage-path", "write-kubeconfig", "write-kubeconfig-mode", "secrets-encryption"],
  ...["kube-apiserver-arg", "kube-controller-manager-arg", "kube-scheduler-arg", "etcd-arg", "server"],
  ...["kube-cloud-controller-manager-arg", "service-node-port-range", "servicelb-namespace"],
];

export const FLAGS: Readonly<Record<"server" | "agent", ReadonlySet<string>>> = {
  server: new Set([...COMMON, ...SERVER]),
  agent: new Set([...COMMON, "server", "disable-apiserver-lb", "enable-pprof"]),
};

/** Environment variables that stand for a flag. */
export const VARIABLES: Readonly<Record<string, string>> = {
  K3S_URL: "server",
  K3S_TOKEN: "token",
  K3S_TOKEN_FILE: "token-file",
  K3S_NODE_NAME: "node-name",
  K3S_RESOLV_CONF: "resolv-conf",
};

/** What components accept a number for, and nothing else. */
export const NUMERIC_ARGUMENTS: ReadonlySet<string> = new Set([
  ...["max-requests-inflight", "max-mutating-requests-inflight", "concurrent-deployment-syncs"],
  ...["concurrent-replicaset-syncs", "concurrent-gc-syncs", "kube-api-qps", "kube-api-burst"],
]);
