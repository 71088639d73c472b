import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import type { NodeAddress } from "./interfaces.ts";

/** What a node knows of another one: https://github.com/flannel-io/flannel/blob/master/Documentation/backends.md */
export interface Peer {
  readonly publicAddress: string;
  /** The third byte of its pods' network. */
  readonly subnet: number;
}

const MTU = 1450;

/** `flannel.1` and `cni0`, as flannel and its plugin make them; what is there already is left. */
export function createOverlay({ flannelInterface, flannelAddress }: NodeAddress, subnet: number): void {
  const mac = macOf(flannelAddress);
  recreateWhenMoved(flannelAddress, flannelInterface);
  if (!existsSync("/sys/class/net/flannel.1")) {
    const vxlan = `type vxlan id 1 dev ${flannelInterface} local ${flannelAddress} dstport 8472 nolearning`;
    ip(`link add flannel.1 address ${mac} mtu ${MTU} ${vxlan}`);
    ip(`address add 10.42.${subnet}.0/32 dev flannel.1`, "link set flannel.1 up");
  }
  if (!existsSync("/sys/class/net/cni0")) {
    ip(
      `link add cni0 mtu ${MTU} type bridge`,
      `address add 10.42.${subnet}.1/24 dev cni0`,
      "link set cni0 up",
    );
  }
  writeFileSync("/proc/sys/net/ipv4/ip_forward", "1");
  mkdirSync("/run/flannel", { recursive: true });
  const lines = ["FLANNEL_NETWORK=10.42.0.0/16", `FLANNEL_SUBNET=10.42.${subnet}.1/24`, `FLANNEL_MTU=${MTU}`];
  writeFileSync("/run/flannel/subnet.env", `${lines.join("\n")}\nFLANNEL_IPMASQ=true\n`);
}

/** flannel remakes its device when the address it stands on is another one. */
function recreateWhenMoved(address: string, device: string): void {
  if (!existsSync("/sys/class/net/flannel.1")) return;
  const shown = execFileSync("ip", ["-details", "link", "show", "flannel.1"], { encoding: "utf8" });
  if (!shown.includes(`local ${address} dev ${device} `)) ip("link delete flannel.1");
}

/** The way to another node's pods: a route, a neighbour and a forwarding entry, all static. */
export function addPeer({ publicAddress, subnet }: Peer): void {
  const mac = macOf(publicAddress);
  ip(
    `neighbour replace 10.42.${subnet}.0 lladdr ${mac} dev flannel.1 nud permanent`,
    `route replace 10.42.${subnet}.0/24 via 10.42.${subnet}.0 dev flannel.1 onlink`,
  );
  execFileSync("bridge", ["fdb", "replace", mac, "dev", "flannel.1", "dst", publicAddress]);
}

/** flannel publishes its device's address in an annotation; here it follows from the node's. */
function macOf(publicAddress: string): string {
  const digits = createHash("sha256").update(publicAddress).digest("hex");
  return ["02", ...[0, 2, 4, 6, 8].map((at) => digits.slice(at, at + 2))].join(":");
}

function ip(...commands: readonly string[]): void {
  execFileSync("ip", ["-batch", "-"], { input: `${commands.join("\n")}\n`, stdio: ["pipe", "pipe", "pipe"] });
}
