import { execFileSync, spawn } from "node:child_process";
import { chmodSync, existsSync, mkdirSync, rmSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { fileURLToPath } from "node:url";
import { waitFor } from "../../waitFor.ts";

const PAGES = "/run/outgrow-pod";
const UP = `${PAGES}/names.up`;
/** Named and placed as k3s's own: whoever takes a node away looks for it there. */
const SHIM = "/var/lib/rancher/k3s/data/lab/bin/containerd-shim-runc-v2";
const SPACE = "cni-lab";
const NAMES = fileURLToPath(new URL("names.ts", import.meta.url));

/**
 * One pod on each node with what the others only say they have: an address behind `cni0` at which BusyBox
 * serves `/small` and `/large` (64 KiB) on 80, 443 and 8080, and a name server answers over UDP. Like all containers
 * it is its shim's child, and goes on when k3s is restarted.
 */
export function startPod(subnet: number): void {
  if (hasPod()) return;
  const address = `10.42.${subnet}.10`;
  ip(
    `netns add ${SPACE}`,
    `link add veth0 mtu 1450 type veth peer name eth0 mtu 1450 netns ${SPACE}`,
    "link set veth0 master cni0 up",
  );
  execFileSync("ip", ["-n", SPACE, "-batch", "-"], {
    input: `link set lo up\naddress add ${address}/24 dev eth0\nlink set eth0 up\nroute add default via 10.42.${subnet}.1\n`,
  });
  rmSync(PAGES, { recursive: true, force: true });
  mkdirSync(PAGES);
  writeFileSync(`${PAGES}/small`, `pod ${address}\n`);
  writeFileSync(`${PAGES}/large`, "64 KiB\n".repeat(10_000).slice(0, 65_536));
  startShim([
    ...[80, 443, 8080].map((port) => `busybox httpd -f -p ${port} -h ${PAGES}`),
    `${process.execPath} ${NAMES} ${address} ${UP}`,
  ]);
}

export function hasPod(): boolean {
  return existsSync(`/run/netns/${SPACE}`);
}

function startShim(containers: readonly string[]): void {
  mkdirSync(dirname(SHIM), { recursive: true });
  writeFileSync(
    SHIM,
    `#!/bin/sh\n${containers.map((each) => `ip netns exec ${SPACE} ${each} &\n`).join("")}wait\n`,
  );
  chmodSync(SHIM, 0o755);
  spawn(SHIM, [], { detached: true, stdio: "ignore" }).unref();
}

/** Waits until all of it answers. */
export async function untilPodAnswers(): Promise<void> {
  await waitFor("the pod", () => existsSync(UP) || undefined, 30_000, 10);
}

function ip(...commands: readonly string[]): void {
  execFileSync("ip", ["-batch", "-"], { input: `${commands.join("\n")}\n` });
}
