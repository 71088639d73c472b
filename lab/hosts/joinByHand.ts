import { waitFor } from "../waitFor.ts";
import type { ClusterLab } from "./cluster.ts";
import { k3sBinary, k3sUnit } from "./k3sFiles.ts";

export interface HandJoin {
  readonly token?: string;
  readonly url?: string;
  readonly version?: string;
  /** More lines of config.yaml. */
  readonly config?: readonly string[];
}

/** Starts an agent on the second host as a person would: for tests of the laboratory and of what comes after a join. */
export async function startAgent(lab: ClusterLab, options: HandJoin = {}): Promise<void> {
  const { prod, worker } = lab;
  const token = options.token ?? (await prod.run("k3s", ["token", "create", "--ttl", "1h"])).trim();
  const config = [
    `server: ${options.url ?? `https://${prod.privateAddress}:6443`}`,
    "token-file: /etc/rancher/k3s/join-token",
    `node-ip: ${worker.privateAddress}`,
    "flannel-iface: eth1",
    ...(options.config ?? []),
  ];
  const put = (path: string, mode: string, text: string) =>
    worker.run(
      "sh",
      ["-c", 'mkdir -p "$(dirname "$1")" && cat >"$1" && chmod "$2" "$1"', "put", path, mode],
      text,
    );
  await put("/usr/local/bin/k3s", "0755", k3sBinary(options.version ?? lab.version));
  await put("/etc/systemd/system/k3s-agent.service", "0644", k3sUnit("agent"));
  await put("/etc/rancher/k3s/config.yaml", "0600", `${config.join("\n")}\n`);
  await put("/etc/rancher/k3s/join-token", "0600", `${token}\n`);
  await worker.run("systemctl", ["daemon-reload"]);
  await worker.run("systemctl", ["restart", "k3s-agent"]);
}

const PATIENCE_MS = 60_000;

/** What the agent said since it was started; waits until the words are among it. */
export async function agentSays(lab: ClusterLab, words: string): Promise<string> {
  return waitFor(
    `the agent to say ${words}`,
    async () => {
      const said = await agentLog(lab);
      return said.includes(words) ? said : undefined;
    },
    PATIENCE_MS,
  );
}

export function agentLog({ worker }: ClusterLab): Promise<string> {
  return worker.run("journalctl", ["--no-pager", "--output=cat", "--unit=k3s-agent"]);
}

/** Joined, with its overlay and its pod. */
export async function untilJoined(lab: ClusterLab): Promise<void> {
  await agentSays(lab, "k3s agent is up and running");
  await waitFor("the first host to know the second one's pods", async () =>
    (await lab.prod.run("ip", ["route"])).includes("10.42.1.0/24") ? true : undefined,
  );
}
