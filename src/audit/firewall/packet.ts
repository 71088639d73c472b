import type { Address } from "./address.ts";
import type { Chain, Rule } from "./ruleset.ts";

/** The first packet of a connection, as the host receives it. */
export interface Packet {
  readonly inputDevice: string;
  readonly source: Address;
  readonly destination: Address;
  readonly protocol: "tcp" | "udp";
  readonly sourcePort: number;
  readonly destinationPort: number;
  readonly connection: ConnectionState;
}

export type ConnectionState = "new" | "established" | "related" | "invalid" | "untracked";

/** Where the host sends a destination: to itself, or on through a device (`null`: not known which). */
export type Route = (destination: Address) => "local" | { readonly outputDevice: string | null };

/**
 * One way things may go: the packet as it is by now, and the expressions nobody could
 * evaluate that had to be assumed to get here. No assumption: this is how it goes.
 */
export interface World {
  readonly packet: Packet;
  /** `null` before routing. */
  readonly outputDevice: string | null;
  /** Connection tracking has seen the packet; before that every state reads as invalid. */
  readonly isTracked: boolean;
  /** `null`: a rule set it to something unknown. */
  readonly mark: number | null;
  /** Its destination has been translated: no later nat chain is asked. */
  readonly isTranslated: boolean;
  /** A redirect sent it to the host itself, whatever its destination was. */
  readonly isRedirected: boolean;
  /** Fields that a rule changed to something unknown. */
  readonly blurred: ReadonlySet<string>;
  readonly assumed: readonly string[];
  /** What last let it pass; `null` as long as nothing stood in its way. */
  readonly passedBy: Decider | null;
}

/** A rule, or a base chain's policy (`rule` is `null`), that decided. */
export interface Decider {
  readonly chain: Chain;
  readonly rule: Rule | null;
}

export function startWorld(packet: Packet): World {
  return {
    packet,
    outputDevice: null,
    isTracked: false,
    isTranslated: false,
    isRedirected: false,
    mark: 0,
    blurred: new Set(),
    assumed: [],
    passedBy: null,
  };
}

/** The worlds that differ in more than their assumptions; of equals the one that assumes least. */
export function distinctWorlds(worlds: readonly World[]): readonly World[] {
  if (worlds.length < 2) return worlds;
  const byKey = new Map<string, World>();
  for (const world of worlds) {
    const key = keyOf(world);
    const known = byKey.get(key);
    if (known === undefined || world.assumed.length < known.assumed.length) byKey.set(key, world);
  }
  return [...byKey.values()];
}

function keyOf({ packet, outputDevice, isTranslated, isRedirected, mark, blurred }: World): string {
  const { destination, destinationPort, connection } = packet;
  return [
    destination.bits,
    destinationPort,
    connection,
    outputDevice,
    isTranslated,
    isRedirected,
    mark,
    ...blurred,
  ].join(" ");
}
