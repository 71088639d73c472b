import { blockOf, parseAddress } from "./address.ts";
import type { ConnectionState } from "./packet.ts";
import { isObject, type Json, type Ruleset, type TableName } from "./ruleset.ts";
import { isAddress, PROTOCOL_NAMES, STATE_BITS, type Value } from "./value.ts";

export type Truth = "yes" | "no" | "unknown";

/** Whether the right side of a comparison — a value, block, range, list or set — holds `value`. */
export function contains(right: Json, value: Value, table: TableName, ruleset: Ruleset): Truth {
  if (typeof right === "string" && right.startsWith("@"))
    return namedSetContains(right, value, table, ruleset);
  if (typeof right === "number" || typeof right === "string") return equals(right, value);
  if (Array.isArray(right)) return any(right, value, table, ruleset);
  if (!isObject(right)) return "unknown";
  if (Array.isArray(right.set)) return any(right.set, value, table, ruleset);
  if (isObject(right.elem)) return contains(right.elem.val, value, table, ruleset);
  if (isObject(right.prefix)) return inBlock(right.prefix.addr, right.prefix.len, value);
  if (Array.isArray(right.range)) return inRange(right.range, value);
  if (Array.isArray(right.concat)) return everyPart(right.concat, value, table, ruleset);
  return "unknown";
}

export function negate(truth: Truth): Truth {
  if (truth === "unknown") return truth;
  return truth === "yes" ? "no" : "yes";
}

function any(items: readonly Json[], value: Value, table: TableName, ruleset: Ruleset): Truth {
  const truths = items.map((item) => contains(item, value, table, ruleset));
  if (truths.includes("yes")) return "yes";
  return truths.includes("unknown") ? "unknown" : "no";
}

function namedSetContains(name: string, value: Value, table: TableName, ruleset: Ruleset): Truth {
  const set = ruleset.set(table, name.slice(1));
  return set === undefined || set.isDynamic ? "unknown" : any(set.elements, value, table, ruleset);
}

function everyPart(parts: readonly Json[], value: Value, table: TableName, ruleset: Ruleset): Truth {
  if (!Array.isArray(value) || value.length !== parts.length) return "unknown";
  const truths = parts.map((part, index) => contains(part, value[index] as Value, table, ruleset));
  if (truths.includes("no")) return "no";
  return truths.includes("unknown") ? "unknown" : "yes";
}

function equals(right: number | string, value: Value): Truth {
  if (isAddress(value)) {
    const address = typeof right === "string" ? parseAddress(right) : null;
    if (address === null) return "unknown";
    return truth(address.family === value.family && address.bits === value.bits);
  }
  if (typeof value === "number") {
    const number = numberOf(right);
    return number === null ? "unknown" : truth(number === value);
  }
  if (typeof value !== "string") return "unknown";
  const text = typeof right === "number" ? (PROTOCOL_NAMES[right] ?? String(right)) : right;
  // A device's name may end in a star: every device that begins so.
  if (text.endsWith("*")) return truth(value.startsWith(text.slice(0, -1)));
  return truth(text === value);
}

/** A port, a mark, or the name of a connection's state. */
export function numberOf(right: Json): number | null {
  if (typeof right === "number") return right;
  return typeof right === "string" ? (STATE_BITS[right as ConnectionState] ?? null) : null;
}

function inBlock(address: Json, length: Json, value: Value): Truth {
  const block = typeof address === "string" ? blockOf(address, Number(length)) : null;
  if (block === null || !isAddress(value)) return "unknown";
  return truth(value.family === block.family && value.bits >= block.first && value.bits <= block.last);
}

function inRange([first, last]: readonly Json[], value: Value): Truth {
  if (typeof value === "number" && typeof first === "number" && typeof last === "number") {
    return truth(value >= first && value <= last);
  }
  if (!isAddress(value) || typeof first !== "string" || typeof last !== "string") return "unknown";
  const [from, to] = [parseAddress(first), parseAddress(last)];
  if (from === null || to === null) return "unknown";
  return truth(from.family === value.family && value.bits >= from.bits && value.bits <= to.bits);
}

export function truth(holds: boolean): Truth {
  return holds ? "yes" : "no";
}
