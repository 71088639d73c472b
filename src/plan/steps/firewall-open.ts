import type { Port } from "../../audit/view/cloudFirewall.ts";
import { apiPort, KUBELET, overlayPort } from "../../audit/view/ports.ts";
import type { FirewallChain, FirewallOpening } from "../../model/steps/firewall-open.ts";
import { SECOND } from "../../model/time.ts";
import { droppingChains } from "../firewall.ts";
import { HARMLESS, type PlanInput, planner } from "../planner.ts";
import { type PlannedHost, readTopology, type Topology, topologyParts } from "../topology.ts";

/** Hosts that do not let in what their peers must send. */
export const firewallOpen = planner({
  kind: "firewall-open",
  read: (input) => {
    const topology = readTopology(input);
    return { topology, walls: topology.hosts.map((host) => wallOf(host, topology, input)) };
  },
  parts: ({ topology, walls }) => ({
    ...topologyParts(topology),
    ...Object.fromEntries(walls.map((wall) => [`firewall of ${wall.host}`, wall])),
  }),
  steps: ({ walls }) => walls.filter(({ closed }) => closed.length > 0).map(stepOf),
});

/** What a host must let in and does not, and the chains that drop it. */
interface Wall {
  readonly host: string;
  readonly closed: readonly FirewallOpening[];
  readonly chains: readonly FirewallChain[];
}

function wallOf(host: PlannedHost, topology: Topology, input: PlanInput): Wall {
  const needed = neededBy(host, topology, input).filter(({ from }) => from.length > 0);
  // What it lets in now says nothing: preparing it gives it the ruleset of the server.
  if (host.node === null) return { host: host.name, closed: needed, chains: [] };
  const judged = needed.map((opening) => ({ opening, chains: droppingChains(host, opening, input.context) }));
  const closed = judged.filter(({ chains }) => chains.length > 0);
  const chains = new Map(closed.flatMap((each) => each.chains).map((chain) => [keyOf(chain), chain]));
  return {
    host: host.name,
    closed: closed.map(({ opening }) => opening),
    chains: [...chains].sort().map(([, chain]) => chain),
  };
}

/** https://docs.k3s.io/installation/requirements#networking */
function neededBy(
  host: PlannedHost,
  { hosts }: Topology,
  { context }: PlanInput,
): readonly FirewallOpening[] {
  const others = hosts.filter(({ name }) => name !== host.name);
  const everyone = others.map(({ address }) => address);
  const agents = others.filter(({ role }) => role === "agent").map(({ address }) => address);
  const overlay = overlayPort(context);
  const opening = ({ protocol, port }: Port, from: readonly string[]) => ({ protocol, port, from });
  return [
    ...(overlay === null ? [] : [opening(overlay, everyone)]),
    ...(host.role === "server" ? [opening(apiPort(context), agents)] : []),
    opening(KUBELET, everyone),
  ];
}

function stepOf({ host, closed, chains }: Wall) {
  return {
    ...HARMLESS,
    id: `firewall-open/${host}`,
    kind: "firewall-open" as const,
    after: ["backup", "node-address", `node-prepare/${host}`],
    durationMs: 20 * SECOND,
    params: {
      host,
      openings: closed,
      into: chains.length === 0 ? { kind: "where-it-drops" as const } : { kind: "chains" as const, chains },
    },
  };
}

function keyOf({ family, table, name }: FirewallChain): string {
  return `${family} ${table} ${name}`;
}
