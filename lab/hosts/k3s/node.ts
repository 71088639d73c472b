import { randomBytes } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { hostname } from "node:os";
import { type ApiAccess, ask } from "./api.ts";
import { nodeAddress } from "./interfaces.ts";
import { addPeer, createOverlay } from "./overlay.ts";
import type { Settings } from "./settings.ts";

/** What this stand-in wants of a Node object. */
interface NodeObject {
  readonly metadata: { readonly name: string; readonly annotations?: Readonly<Record<string, string>> };
  readonly spec: { readonly podCIDR?: string };
}

const PASSWORD = "/etc/rancher/node/password";

/** Registers this host as a node: its own API token. Throws what the server says against it. */
export async function register(
  access: ApiAccess,
  role: "server" | "agent",
  version: string,
  settings: Settings,
): Promise<string> {
  const address = nodeAddress(settings);
  const { status, body } = await ask(access, "POST", "/lab/join", {
    name: nodeName(settings),
    role,
    version,
    address: address.address,
    externalAddress: address.externalAddress,
    flannelAddress: address.flannelAddress,
    labels: Object.fromEntries(settings.all("node-label").map((label) => label.split("=", 2))),
    ...(settings.all("node-taint").length === 0 ? {} : { taints: settings.all("node-taint").map(taint) }),
    annotations: { "k3s.io/node-args": JSON.stringify([role]) },
    password: nodePassword(),
  });
  if (status === 201) return (JSON.parse(body) as { readonly token: string }).token;
  const { message = body } = JSON.parse(body) as { readonly message?: string };
  throw new Error(status === 401 ? "not authorized" : message);
}

/** The overlay to every node there is. True: this node has its own network. */
export async function syncOverlay(access: ApiAccess, settings: Settings): Promise<number> {
  const address = nodeAddress(settings);
  const { status, body } = await ask(access, "GET", "/api/v1/nodes");
  if (status !== 200) throw new Error(`failed to list nodes: ${body}`);
  const { items } = JSON.parse(body) as { readonly items: readonly NodeObject[] };
  const own = items.find(({ metadata }) => metadata.name === nodeName(settings));
  if (own === undefined) throw new Error("this node is not registered");
  createOverlay(address, subnetOf(own));
  for (const node of items.filter((each) => each !== own)) {
    const publicAddress = node.metadata.annotations?.["flannel.alpha.coreos.com/public-ip"];
    if (publicAddress !== undefined) addPeer({ publicAddress, subnet: subnetOf(node) });
  }
  return subnetOf(own);
}

/** `10.42.1.0/24` → 1 */
function subnetOf({ metadata, spec }: NodeObject): number {
  const third = /^10\.42\.(\d+)\.0\/24$/.exec(spec.podCIDR ?? "")?.[1];
  if (third === undefined) throw new Error(`node ${metadata.name} has no pod network yet`);
  return Number(third);
}

export function nodeName(settings: Settings): string {
  return settings.first("node-name") ?? hostname();
}

function nodePassword(): string {
  if (!existsSync(PASSWORD)) {
    mkdirSync("/etc/rancher/node", { recursive: true });
    writeFileSync(PASSWORD, `${randomBytes(16).toString("hex")}\n`, { mode: 0o600 });
  }
  return readFileSync(PASSWORD, "utf8").trim();
}

/** `outgrow.dev/joining=true:NoSchedule` */
function taint(text: string): { readonly key: string; readonly value?: string; readonly effect: string } {
  const [, key = "", value, effect = ""] = /^([^=:]+)(?:=([^:]*))?:(\w+)$/.exec(text) ?? [];
  return { key, ...(value === undefined ? {} : { value }), effect };
}
