import { parseAddress } from "./address.ts";
import type { World } from "./packet.ts";
import { isObject, type Json } from "./ruleset.ts";

/** Statements that change nothing about where a packet goes. */
const HARMLESS = new Set([
  "counter",
  "log",
  "comment",
  "flow",
  "dup",
  "ct helper",
  "ct timeout",
  "secmark",
  "last",
]);

export function isHarmless(kind: string, body: Json): boolean {
  if (HARMLESS.has(kind)) return true;
  // Adding to a set is harmless; a limit that goes with it is a condition.
  if (kind === "set" || kind === "map") return isObject(body) && body.stmt === undefined;
  return kind === "xt" && isObject(body) && body.name === "comment";
}

/** `meta mark set 1`, `ip dscp set …`: the packet is different afterwards. */
export function mangled(body: Json, world: World): World {
  const key = isObject(body) ? body.key : undefined;
  const value = isObject(body) ? body.value : undefined;
  if (!isObject(key)) return world;
  if (isObject(key.meta)) {
    return key.meta.key === "mark" ? { ...world, mark: typeof value === "number" ? value : null } : world;
  }
  if (isObject(key.ct)) return blur(world, `ct ${String(key.ct.key)}`);
  return isObject(key.payload) ? blur(world, String(key.payload.field)) : world;
}

/** Without connection tracking the packet belongs to no connection. */
export function untracked(world: World): World {
  return { ...world, packet: { ...world.packet, connection: "untracked" } };
}

/** In an `inet` table `dnat ip to …` leaves IPv6 packets alone. */
export function isOfFamily(body: Json, { packet }: World): boolean {
  const family = isObject(body) ? body.family : undefined;
  return family === undefined || family === packet.source.family;
}

/** `dnat to 10.42.0.7:8080`: a new destination, blurred where it is chosen at run time. */
export function sentElsewhere(body: Json, world: World): World {
  const addr = isObject(body) ? body.addr : undefined;
  return withPort(body, { ...(addr === undefined ? world : withAddress(addr, world)), isTranslated: true });
}

/** `redirect to :8080`: to the host itself, by whichever address the device has. */
export function redirected(body: Json, world: World): World {
  return withPort(body, { ...blur(world, "daddr"), isTranslated: true, isRedirected: true });
}

function withAddress(addr: Json, world: World): World {
  const destination = typeof addr === "string" ? parseAddress(addr) : null;
  return destination === null ? blur(world, "daddr") : { ...world, packet: { ...world.packet, destination } };
}

function withPort(body: Json, world: World): World {
  const port = isObject(body) ? body.port : undefined;
  if (port === undefined) return world;
  return typeof port === "number"
    ? { ...world, packet: { ...world.packet, destinationPort: port } }
    : blur(world, "dport");
}

function blur(world: World, field: string): World {
  return { ...world, blurred: new Set([...world.blurred, field].sort()) };
}
