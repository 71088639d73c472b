import { type Fields, isFields, read, type Stored } from "./object.ts";
import { badRequest } from "./refusal.ts";

/** A label or field selector as the query carries it: `app=web,tier!=db,env in (a,b),!old`. */
export function selects(selector: string, lookUp: (key: string) => string | undefined): boolean {
  return requirements(selector).every((requirement) => holds(requirement, lookUp));
}

export function matchesLabels(selector: string, { metadata }: Stored): boolean {
  return selects(selector, (key) => metadata.labels?.[key]);
}

/** Any path may be asked for here; a real server knows a few for each kind and refuses the others. */
export function matchesFields(selector: string, object: Stored): boolean {
  return selects(selector, (key) => String(read(object, ...key.split(".")) ?? ""));
}

/** `LabelSelector` of a workload; one that is absent selects nothing, an empty one everything. */
export function matchesSelector(selector: unknown, labels: Readonly<Record<string, string>>): boolean {
  if (!isFields(selector)) return false;
  const wanted = Object.entries((selector.matchLabels ?? {}) as Fields);
  const expressions = (selector.matchExpressions ?? []) as readonly Expression[];
  return (
    wanted.every(([key, value]) => labels[key] === value) &&
    expressions.every((expression) => holds(expression, (key) => labels[key]))
  );
}

interface Expression {
  readonly key: string;
  readonly operator: string;
  readonly values?: readonly string[];
}

function requirements(selector: string): readonly Expression[] {
  return selector
    .split(/,(?![^(]*\))/)
    .map((part) => part.trim())
    .filter((part) => part !== "")
    .map(requirement);
}

function requirement(part: string): Expression {
  const set = /^(\S+)\s+(in|notin)\s+\(([^)]*)\)$/.exec(part);
  if (set !== null) {
    const values = (set[3] ?? "").split(",").map((value) => value.trim());
    return { key: set[1] ?? "", operator: set[2] === "in" ? "In" : "NotIn", values };
  }
  const equality = /^([^=!\s]+)\s*(==|=|!=)\s*(.*)$/.exec(part);
  if (equality !== null) {
    const operator = equality[2] === "!=" ? "NotIn" : "In";
    return { key: equality[1] ?? "", operator, values: [equality[3] ?? ""] };
  }
  if (/^!\S+$/.test(part)) return { key: part.slice(1), operator: "DoesNotExist" };
  if (/^[^=!\s]+$/.test(part)) return { key: part, operator: "Exists" };
  throw badRequest(`unable to parse requirement: ${part}`);
}

function holds(
  { key, operator, values = [] }: Expression,
  lookUp: (key: string) => string | undefined,
): boolean {
  const value = lookUp(key);
  switch (operator) {
    case "In":
      return value !== undefined && values.includes(value);
    case "NotIn":
      return value === undefined || !values.includes(value);
    case "Exists":
      return value !== undefined;
    default:
      return value === undefined;
  }
}
