import { fileURLToPath } from "node:url";
import { onHost } from "./boot.ts";
import type { SeedFiles } from "./seed.ts";

/** `/usr/local/bin/k3s` for a host: one file that passes for this version and may be copied to another host. */
export function k3sBinary(version: string): string {
  const main = onHost(fileURLToPath(new URL("k3s/main.ts", import.meta.url)));
  return `#!/bin/sh
# Laboratory: stands in for k3s ${version}; what it is, its first lines say.
if [ "$*" = --version ]; then printf 'k3s version ${version} (outgrow-lab)\\ngo version go1.24.5\\n'; exit; fi
NODE_COMPILE_CACHE=/run/outgrow-lab/cache; export NODE_COMPILE_CACHE
exec ${onHost(process.execPath)} ${main} ${version} "$@"
`;
}

/** The units as k3s's installer writes them: https://github.com/k3s-io/k3s/blob/master/install.sh */
export function k3sUnit(role: "server" | "agent"): string {
  const name = role === "server" ? "k3s" : "k3s-agent";
  return `[Unit]
Description=Lightweight Kubernetes
Documentation=https://k3s.io
Wants=network-online.target
After=network-online.target
# Laboratory: it starts in a moment, and so more often in ten seconds than systemd lets a real one.
StartLimitIntervalSec=0

[Install]
WantedBy=multi-user.target

[Service]
Type=${role === "server" ? "notify" : "exec"}
NotifyAccess=all
EnvironmentFile=-/etc/default/%N
EnvironmentFile=-/etc/sysconfig/%N
EnvironmentFile=-/etc/systemd/system/${name}.service.env
KillMode=process
Delegate=yes
LimitNOFILE=1048576
LimitNPROC=infinity
LimitCORE=infinity
TasksMax=infinity
TimeoutStartSec=0
Restart=always
RestartSec=5s
ExecStart=/usr/local/bin/k3s ${role}
`;
}

/** Glaze's server before the move, as \`examples/glaze/infra/k3s/config.yaml\` has it. */
const CONFIG = `# One core: the control plane is kept small.
write-kubeconfig-mode: "0600"
resolv-conf: /etc/rancher/k3s/resolv.conf
disable: [metrics-server]
kube-apiserver-arg:
  - bind-address=127.0.0.1
  - max-requests-inflight=50
  - max-mutating-requests-inflight=20
kube-controller-manager-arg:
  - concurrent-deployment-syncs=1
  - concurrent-replicaset-syncs=1
`;

/** The first host after its step to the private network: until then it advertises its public address. */
export const privateAddressFiles: SeedFiles = {
  "/etc/rancher/k3s/config.yaml.d/10-address.yaml": {
    text: "node-ip: 10.116.0.2\nflannel-iface: eth1\n",
    mode: 0o600,
  },
};

export function k3sServerFiles(version: string): SeedFiles {
  return {
    "/usr/local/bin/k3s": { text: k3sBinary(version), mode: 0o755 },
    "/etc/systemd/system/k3s.service": k3sUnit("server"),
    "/etc/systemd/system/k3s.service.env": { text: "", mode: 0o600 },
    "/etc/rancher/k3s/config.yaml": { text: CONFIG, mode: 0o600 },
    "/etc/rancher/k3s/resolv.conf": "nameserver 1.1.1.1\nnameserver 9.9.9.9\n",
  };
}
