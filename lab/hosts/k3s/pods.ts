import { execFileSync, spawn } from "node:child_process";
import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { waitFor } from "../../waitFor.ts";

const PAGES = "/run/outgrow-pod";
const UP = `${PAGES}/names.up`;
const NAMES = fileURLToPath(new URL("names.ts", import.meta.url));

/**
 * One pod on each node with what the others only say they have: an address behind `cni0` at which BusyBox
 * serves `/small` and `/large` (64 KiB) on 80, 443 and 8080, and a name server answers over UDP. Like all containers
 * it goes on when k3s is restarted.
 */
export function startPod(subnet: number): void {
  if (existsSync("/run/netns/pod")) return;
  const [address, inside] = [`10.42.${subnet}.10`, ["netns", "exec", "pod"]];
  ip(
    "netns add pod",
    "link add veth0 mtu 1450 type veth peer name eth0 mtu 1450 netns pod",
    "link set veth0 master cni0 up",
  );
  execFileSync("ip", ["-n", "pod", "-batch", "-"], {
    input: `link set lo up\naddress add ${address}/24 dev eth0\nlink set eth0 up\nroute add default via 10.42.${subnet}.1\n`,
  });
  mkdirSync(PAGES, { recursive: true });
  writeFileSync(`${PAGES}/small`, `pod ${address}\n`);
  writeFileSync(`${PAGES}/large`, "64 KiB\n".repeat(10_000).slice(0, 65_536));
  for (const port of [80, 443, 8080])
    background([...inside, "busybox", "httpd", "-f", "-p", String(port), "-h", PAGES]);
  background([...inside, process.execPath, NAMES, address, UP]);
}

/** Waits until all of it answers. */
export async function untilPodAnswers(): Promise<void> {
  await waitFor("the pod", () => existsSync(UP) || undefined, 30_000, 10);
}

function background(args: readonly string[]): void {
  spawn("ip", args, { detached: true, stdio: "ignore" }).unref();
}

function ip(...commands: readonly string[]): void {
  execFileSync("ip", ["-batch", "-"], { input: `${commands.join("\n")}\n` });
}
