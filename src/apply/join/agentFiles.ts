import { stringify } from "yaml";
import type { WantedFile } from "../../hosts/keptFile.ts";
import type { Secret } from "../../model/secret.ts";
import type { ParamsOf } from "../../model/step.ts";
import { JOINING_TAINT } from "../../model/steps/node-open.ts";

export const K3S = "/usr/local/bin/k3s";
export const CONFIG = "/etc/rancher/k3s/config.yaml";
export const UNIT = "/etc/systemd/system/k3s-agent.service";
export const TOKEN = "/etc/rancher/k3s/join-token";

/** Everything the agent needs to know, in files: nothing on its command line, nothing in its environment. */
export function agentFiles(
  params: ParamsOf<"node-join">,
  device: string,
  token: Secret,
): readonly WantedFile[] {
  const owner = "root:root";
  return [
    { path: TOKEN, content: token, mode: "0600", owner },
    { path: CONFIG, content: agentConfig(params, device), mode: "0600", owner },
    { path: UNIT, content: UNIT_TEXT, mode: "0644", owner },
  ];
}

/** https://docs.k3s.io/cli/agent; taints count at the first registration only. */
export function agentConfig(
  { serverAddress, node, address, resolvConf }: ParamsOf<"node-join">,
  device: string,
): string {
  const { key, value, effect } = JOINING_TAINT;
  return `# Written by outgrow.\n${stringify({
    server: `https://${serverAddress}:6443`,
    "token-file": TOKEN,
    "node-name": node,
    "node-ip": address,
    "flannel-iface": device,
    "node-taint": [`${key}=${value}:${effect}`],
    ...(resolvConf === null ? {} : { "resolv-conf": resolvConf }),
  })}`;
}

/** As k3s's installer writes it. https://github.com/k3s-io/k3s/blob/master/install.sh */
const UNIT_TEXT = `[Unit]
Description=Lightweight Kubernetes
Documentation=https://k3s.io
Wants=network-online.target
After=network-online.target nftables.service

[Install]
WantedBy=multi-user.target

[Service]
Type=exec
KillMode=process
Delegate=yes
User=root
LimitNOFILE=1048576
LimitNPROC=infinity
LimitCORE=infinity
TasksMax=infinity
TimeoutStartSec=0
Restart=always
RestartSec=5s
ExecStartPre=-/sbin/modprobe br_netfilter
ExecStartPre=-/sbin/modprobe overlay
ExecStart=${K3S} agent
`;
