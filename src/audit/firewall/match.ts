import { parseAddress } from "./address.ts";
import { contains, negate, numberOf, type Truth, truth } from "./contains.ts";
import type { Route, World } from "./packet.ts";
import type { Json, JsonObject, Ruleset, TableName } from "./ruleset.ts";
import { isAddress, lookUp, type Value } from "./value.ts";

/** Whether `left op right` holds for the packet of this world. */
export function matches(
  { op, left, right }: JsonObject,
  world: World,
  table: TableName,
  ruleset: Ruleset,
  route: Route,
): Truth {
  const looked = lookUp(left, world, route);
  // A packet without the field breaks the rule off: "not equal" does not hold either.
  if (looked === "absent") return "no";
  if (looked === "unknown") return "unknown";
  const { value } = looked;
  switch (op) {
    case "==":
      return contains(right, value, table, ruleset);
    case "!=":
      return negate(contains(right, value, table, ruleset));
    case "in":
      return sharesBits(right, value) ?? contains(right, value, table, ruleset);
    case "<":
    case ">":
    case "<=":
    case ">=":
      return compare(op, value, right);
    default:
      return "unknown";
  }
}

/** `ct state established,related`: one common bit is enough. `null`: not a comparison of bits. */
function sharesBits(right: Json, value: Value): Truth | null {
  if (typeof value !== "number") return null;
  const bits = (Array.isArray(right) ? right : [right]).map(numberOf);
  if (bits.includes(null)) return "unknown";
  return truth(bits.some((bit) => bit !== null && (value & bit) !== 0));
}

function compare(op: "<" | ">" | "<=" | ">=", value: Value, right: Json): Truth {
  const sign = order(value, right);
  if (sign === null) return "unknown";
  if (sign === 0) return truth(op === "<=" || op === ">=");
  return truth(sign < 0 ? op.startsWith("<") : op.startsWith(">"));
}

/** Negative when `value` is the smaller. */
function order(value: Value, right: Json): number | null {
  if (typeof value === "number") return typeof right === "number" ? value - right : null;
  const address = typeof right === "string" ? parseAddress(right) : null;
  if (!isAddress(value) || address?.family !== value.family) return null;
  return value.bits < address.bits ? -1 : value.bits > address.bits ? 1 : 0;
}
