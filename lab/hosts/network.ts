import { OUTSIDE_ADDRESS, PRIVATE_PREFIX, PUBLIC_PREFIX } from "./addresses.ts";
import { attempt, execute } from "./execute.ts";
import type { HostPlan } from "./host.ts";
import { BRIDGE, bridgeAlias, type LabNames } from "./owner.ts";

/**
 * The network in which people reach their hosts, here between this machine and the hosts: a bridge and
 * a third byte of its own, so that two laboratories do not meet.
 */
export interface Tailscale extends AsyncDisposable {
  readonly bridge: string;
  address(place: number): string;
}

const SLOTS = 250;

/** The kernel gives a name once: whoever makes the bridge has the addresses. */
export async function createTailscale(): Promise<Tailscale> {
  const first = process.pid % SLOTS;
  for (let tried = 0; tried < SLOTS; tried++) {
    const slot = (first + tried) % SLOTS;
    const bridge = `${BRIDGE}${slot}`;
    if ((await attempt("ip", ["link", "add", bridge, "type", "bridge"])).code !== 0) continue;
    const address = (place: number) => `100.101.${slot}.${place}`;
    const set = `link set ${bridge} alias ${bridgeAlias()} up\naddress add ${address(1)}/24 dev ${bridge}\n`;
    await batch(set);
    return {
      bridge,
      address,
      async [Symbol.asyncDispose]() {
        await execute("ip", ["link", "delete", bridge]);
      },
    };
  }
  throw new Error("All networks of the laboratory are taken.");
}

/** The switches, and the outside world at the public one. */
export async function createFabric(names: LabNames): Promise<void> {
  const [fabric, outside] = [names.namespace("fabric"), names.namespace("outside")];
  await batch(
    [
      `netns add ${fabric}`,
      `netns add ${outside}`,
      `link add eth0 netns ${outside} type veth peer name outside netns ${fabric}`,
    ].join("\n"),
  );
  await Promise.all([
    batch(
      [
        "link add public type bridge",
        "link add private type bridge",
        "link set public up",
        "link set private up",
        "link set outside master public up",
      ].join("\n"),
      fabric,
    ),
    batch(
      `link set lo up\naddress add ${OUTSIDE_ADDRESS}/${PUBLIC_PREFIX} dev eth0\nlink set eth0 up`,
      outside,
    ),
  ]);
}

/** Gives a host a fresh network namespace: eth0, eth1 and, where it takes part, tailscale0. */
export async function plugIn(
  names: LabNames,
  { bridge }: Tailscale,
  host: HostPlan,
  role: string,
): Promise<void> {
  const [fabric, namespace] = [names.namespace("fabric"), names.namespace(role)];
  const outer = outerEnd(bridge, role);
  const { tailscaleAddress } = host;
  await batch(
    [
      `netns add ${namespace}`,
      `link add eth0 address ${cardOf(host.publicAddress)} netns ${namespace} type veth peer name ${role}0 netns ${fabric}`,
      `link add eth1 address ${cardOf(host.privateAddress)} netns ${namespace} type veth peer name ${role}1 netns ${fabric}`,
      ...(tailscaleAddress !== null
        ? [
            `link add tailscale0 mtu 1280 address ${cardOf(tailscaleAddress)} netns ${namespace} type veth peer name ${outer}`,
            `link set ${outer} master ${bridge} up`,
          ]
        : []),
    ].join("\n"),
  );
  const own = [
    "link set lo up",
    `address add ${host.publicAddress}/${PUBLIC_PREFIX} dev eth0`,
    `address add ${host.privateAddress}/${PRIVATE_PREFIX} dev eth1`,
    ...(tailscaleAddress !== null
      ? [`address add ${tailscaleAddress}/24 dev tailscale0`, "link set tailscale0 up"]
      : []),
    "link set eth0 up",
    "link set eth1 up",
    `route add default via ${OUTSIDE_ADDRESS} dev eth0`,
  ];
  await Promise.all([
    batch(`link set ${role}0 master public up\nlink set ${role}1 master private up`, fabric),
    batch(own.join("\n"), namespace),
  ]);
}

/** A host keeps its cards when it is switched off and on, so that its neighbours find it again at once. */
function cardOf(address: string): string {
  const bytes = address.split(".").map((byte) => Number(byte).toString(16).padStart(2, "0"));
  return ["02", "00", ...bytes].join(":");
}

/** Takes a host off the network, at once: the kernel itself would remove the cables some time later. */
export async function unplug(
  names: LabNames,
  { bridge }: Tailscale,
  host: HostPlan,
  role: string,
): Promise<void> {
  await batch(`link delete ${role}0\nlink delete ${role}1`, names.namespace("fabric"));
  if (host.tailscaleAddress !== null) await batch(`link delete ${outerEnd(bridge, role)}`);
  await removeNamespaces(names, [role]);
}

/** Device names have at most 15 characters. */
function outerEnd(bridge: string, role: string): string {
  return `${bridge}${role.slice(0, 1)}`;
}

export async function removeNamespaces(names: LabNames, roles: readonly string[]): Promise<void> {
  await batch(roles.map((role) => `netns delete ${names.namespace(role)}`).join("\n"));
}

/** Many commands of `ip`, in one process. */
async function batch(commands: string, namespace?: string): Promise<void> {
  const where = namespace === undefined ? [] : ["-n", namespace];
  await execute("ip", [...where, "-batch", "-"], `${commands}\n`);
}
