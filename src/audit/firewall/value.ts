import { type Address, parseAddress } from "./address.ts";
import type { ConnectionState, Route, World } from "./packet.ts";
import { isObject, type Json, type JsonObject } from "./ruleset.ts";

/** A value of the packet, or of a rule. An array is a concatenation. */
export type Value = number | string | Address | readonly Value[];

/** `absent`: the packet has no such field, so no comparison with it can hold. */
export type Looked = { readonly value: Value } | "absent" | "unknown";

/** What an expression on the left of a comparison is worth for this packet. */
export function lookUp(expression: Json, world: World, route: Route): Looked {
  if (!isObject(expression)) return "unknown";
  const [kind = "", body] = Object.entries(expression)[0] ?? [];
  if (kind === "concat" && Array.isArray(body)) return concatenation(body, world, route);
  if (kind === "&" && Array.isArray(body)) return masked(body, world, route);
  if (!isObject(body)) return "unknown";
  switch (kind) {
    case "meta":
      return meta(body, world);
    case "payload":
      return payload(body, world);
    case "ct":
      return connection(body, world);
    case "fib":
      return fib(body, world, route);
    default:
      return "unknown";
  }
}

/** Protocols that nft may write as numbers. */
export const PROTOCOL_NAMES: Readonly<Record<number, string>> = {
  1: "icmp",
  6: "tcp",
  17: "udp",
  58: "ipv6-icmp",
  132: "sctp",
};

function meta({ key }: JsonObject, { packet, mark, outputDevice, blurred }: World): Looked {
  switch (key) {
    case "iif":
    case "iifname":
      return { value: packet.inputDevice };
    case "oif":
    case "oifname":
      return outputDevice === null ? "unknown" : { value: outputDevice };
    case "l4proto":
      return { value: packet.protocol };
    case "nfproto":
      return { value: packet.source.family === "ip" ? "ipv4" : "ipv6" };
    case "protocol":
      return { value: packet.source.family };
    case "mark":
      return mark === null || blurred.has("mark") ? "unknown" : { value: mark };
    default:
      return "unknown";
  }
}

function payload({ protocol, field }: JsonObject, world: World): Looked {
  if (typeof protocol !== "string" || typeof field !== "string") return "unknown";
  if (world.blurred.has(field)) return "unknown";
  const { packet } = world;
  if (protocol === "ip" || protocol === "ip6") {
    return packet.source.family === protocol ? networkField(field, world) : "absent";
  }
  if (protocol === "th" || protocol === packet.protocol) return transportField(field, world);
  return ["tcp", "udp", "icmp", "icmpv6", "sctp", "dccp", "udplite"].includes(protocol)
    ? "absent"
    : "unknown";
}

function networkField(field: string, { packet }: World): Looked {
  switch (field) {
    case "saddr":
      return { value: packet.source };
    case "daddr":
      return { value: packet.destination };
    case "protocol":
    case "nexthdr":
      return { value: packet.protocol };
    default:
      return "unknown";
  }
}

function transportField(field: string, { packet }: World): Looked {
  switch (field) {
    case "sport":
      return { value: packet.sourcePort };
    case "dport":
      return { value: packet.destinationPort };
    default:
      return "unknown";
  }
}

/** Conntrack's bits, in the kernel's order. https://git.netfilter.org/libnftnl */
export const STATE_BITS: Readonly<Record<ConnectionState, number>> = {
  invalid: 1,
  established: 2,
  related: 4,
  new: 8,
  untracked: 64,
};

function connection({ key, dir }: JsonObject, { packet, blurred, isTracked }: World): Looked {
  if (dir !== undefined || typeof key !== "string" || blurred.has(`ct ${key}`)) return "unknown";
  if (key === "state") {
    const isKnown = isTracked || packet.connection === "untracked";
    return { value: STATE_BITS[isKnown ? packet.connection : "invalid"] };
  }
  return "unknown";
}

function fib({ result, flags }: JsonObject, { packet, blurred, isRedirected }: World, route: Route): Looked {
  const isDestination = Array.isArray(flags) && flags.length === 1 && flags[0] === "daddr";
  if (result !== "type" || !isDestination) return "unknown";
  if (isRedirected) return { value: "local" };
  if (blurred.has("daddr")) return "unknown";
  return { value: route(packet.destination) === "local" ? "local" : "unicast" };
}

function concatenation(parts: readonly Json[], world: World, route: Route): Looked {
  const looked = parts.map((part) => lookUp(part, world, route));
  if (looked.includes("absent")) return "absent";
  const values = looked.flatMap((part) => (typeof part === "string" ? [] : [part.value]));
  return values.length === parts.length ? { value: values } : "unknown";
}

function masked([left, mask]: readonly Json[], world: World, route: Route): Looked {
  const looked = lookUp(left, world, route);
  if (typeof looked === "string") return looked;
  const { value } = looked;
  if (typeof value === "number" && typeof mask === "number") return { value: (value & mask) >>> 0 };
  const maskAddress = typeof mask === "string" ? parseAddress(mask) : null;
  if (!isAddress(value) || maskAddress === null || maskAddress.family !== value.family) return "unknown";
  return { value: { family: value.family, bits: value.bits & maskAddress.bits } };
}

export function isAddress(value: Value): value is Address {
  return typeof value === "object" && !Array.isArray(value);
}
