import { runChain } from "./chain.ts";
import { type Decider, distinctWorlds, type Packet, type Route, startWorld, type World } from "./packet.ts";
import type { Chain, Ruleset } from "./ruleset.ts";

/** What a ruleset does with the first packet of a flow, and what decided it. */
export interface FlowVerdict {
  readonly verdict: "accept" | "drop" | "unknown";
  /** The rule or policy; `null` when nothing stands in the way. */
  readonly by: Decider | null;
  /** The expressions that would have to be known; empty unless the verdict is `unknown`. */
  readonly unknown: readonly string[];
}

/**
 * Sends a packet through every hook on its way in, as the kernel does: ingress, prerouting
 * (where DNAT may turn it elsewhere), then input when it is for this host, else forward and
 * postrouting. An expression that cannot be evaluated is followed both ways; only if all ways
 * end alike there is a verdict.
 */
export function judgeFlow(ruleset: Ruleset, packet: Packet, route: Route): FlowVerdict {
  const { pass, dropped } = hooksOf(ruleset, packet, route);
  const arrived = pass("prerouting", pass("ingress", [startWorld(packet)]));
  const { local, onward, lost } = routed(arrived, route);
  const alive = [...pass("input", local), ...pass("postrouting", pass("forward", onward)), ...lost];
  return verdictOf(alive, dropped, lost);
}

/** The same for a packet that the host sends itself: output, then postrouting. It has come in nowhere. */
export function judgeDeparture(
  ruleset: Ruleset,
  packet: Omit<Packet, "inputDevice">,
  outputDevice: string,
): FlowVerdict {
  const own = { ...packet, inputDevice: "" };
  const { pass, dropped } = hooksOf(ruleset, own, () => ({ outputDevice }));
  const alive = pass("postrouting", pass("output", [{ ...startWorld(own), outputDevice }]));
  return verdictOf(alive, dropped, []);
}

interface Hooks {
  /** Sends worlds through all chains of a hook; what comes out at its other end. */
  readonly pass: (hook: string, worlds: readonly World[]) => readonly World[];
  /** Grows as hooks are passed. */
  readonly dropped: BasePassage["dropped"];
}

function hooksOf(ruleset: Ruleset, packet: Packet, route: Route): Hooks {
  const dropped: { readonly world: World; readonly by: Decider }[] = [];
  const pass = (hook: string, worlds: readonly World[]) => {
    let current = worlds;
    for (const chain of chainsAt(ruleset, hook, packet)) {
      const passage = runBase(chain, current.map(trackedAt(chain)), ruleset, route);
      dropped.push(...passage.dropped);
      current = passage.alive;
    }
    return current;
  };
  return { pass, dropped };
}

/** Where connection tracking sits at prerouting and output. https://wiki.nftables.org/wiki-nftables/index.php/Netfilter_hooks */
const CONNTRACK_PRIORITY = -200;

function trackedAt({ base }: Chain): (world: World) => World {
  const isBefore =
    base?.hook === "ingress" ||
    ((base?.hook === "prerouting" || base?.hook === "output") && base.priority <= CONNTRACK_PRIORITY);
  return (world) => ({ ...world, isTracked: !isBefore });
}

interface BasePassage {
  readonly alive: readonly World[];
  readonly dropped: readonly { readonly world: World; readonly by: Decider }[];
}

function runBase(chain: Chain, worlds: readonly World[], ruleset: Ruleset, route: Route): BasePassage {
  const { exits, through } = runChain(chain, worlds.filter(concerns(chain)), { ruleset, route });
  const others = worlds.filter((world) => !concerns(chain)(world));
  const policy: Decider = { chain, rule: null };
  const accepted = exits.filter(({ kind }) => kind === "accept").map(({ world, by }) => passed(world, by));
  const dropped = exits.filter(({ kind }) => kind === "drop");
  return chain.base?.policy === "drop"
    ? {
        alive: distinctWorlds([...others, ...accepted]),
        dropped: [...dropped, ...through.map((world) => ({ world, by: policy }))],
      }
    : {
        alive: distinctWorlds([...others, ...accepted, ...through.map((world) => passed(world, policy))]),
        dropped,
      };
}

/** Address translation is settled once, with the first packet of a connection. */
function concerns({ base }: Chain): (world: World) => boolean {
  return ({ packet, isTranslated }) => base?.type !== "nat" || (packet.connection === "new" && !isTranslated);
}

/** A rule that said accept tells more than a policy, and translation tells nothing about passing. */
function passed(world: World, by: Decider): World {
  const tells = by.chain.base?.type !== "nat" && (by.rule !== null || world.passedBy === null);
  return tells ? { ...world, passedBy: by } : world;
}

/** The base chains a packet meets at a hook, in the order of their priority. */
function chainsAt(ruleset: Ruleset, hook: string, packet: Packet): readonly Chain[] {
  const families = hook === "ingress" ? ["netdev", "inet"] : ["inet", packet.source.family];
  return ruleset.chains
    .filter(({ base, family }) => base?.hook === hook && families.includes(family))
    .filter(({ base }) => base?.device === null || base?.device === packet.inputDevice)
    .sort((a, b) => (a.base?.priority ?? 0) - (b.base?.priority ?? 0));
}

interface Routed {
  readonly local: readonly World[];
  readonly onward: readonly World[];
  /** Sent to an address that was chosen at run time: nobody knows where they go. */
  readonly lost: readonly World[];
}

function routed(worlds: readonly World[], route: Route): Routed {
  const local: World[] = [];
  const onward: World[] = [];
  const lost: World[] = [];
  for (const world of worlds) {
    const way = wayOf(world, route);
    if (way === "local") local.push(world);
    else if (way === "unknown") lost.push({ ...world, assumed: [...world.assumed, CHOSEN_LATER] });
    else onward.push({ ...world, outputDevice: way.outputDevice });
  }
  return { local, onward, lost };
}

function wayOf({ packet, blurred, isRedirected }: World, route: Route): ReturnType<Route> | "unknown" {
  if (isRedirected) return "local";
  return blurred.has("daddr") ? "unknown" : route(packet.destination);
}

const CHOSEN_LATER = "a destination that is chosen when the packet comes";

function verdictOf(
  alive: readonly World[],
  dropped: BasePassage["dropped"],
  lost: readonly World[],
): FlowVerdict {
  if (lost.length === 0 && dropped.length === 0) {
    return { verdict: "accept", by: alive[0]?.passedBy ?? null, unknown: [] };
  }
  if (alive.length === 0) return { verdict: "drop", by: dropped[0]?.by ?? null, unknown: [] };
  const assumed = [...alive, ...dropped.map(({ world }) => world)].flatMap((world) => world.assumed);
  return { verdict: "unknown", by: dropped[0]?.by ?? null, unknown: [...new Set(assumed)] };
}
