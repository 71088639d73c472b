import { contains } from "./contains.ts";
import { matches } from "./match.ts";
import type { Route, World } from "./packet.ts";
import { isObject, type Json, type Rule, type Ruleset } from "./ruleset.ts";
import { isHarmless, isOfFamily, mangled, redirected, sentElsewhere, untracked } from "./statement.ts";
import { expressionText } from "./text.ts";
import { lookUp } from "./value.ts";

/** What a rule does with a world. `next`: the following rule. A jump names a chain. */
export type Outcome =
  | { readonly kind: "next" | "return" | "accept" | "drop"; readonly world: World }
  | { readonly kind: "jump" | "goto"; readonly target: string; readonly world: World };

export interface Surroundings {
  readonly ruleset: Ruleset;
  readonly route: Route;
}

/** Every way this rule may go; one, when everything in it can be evaluated. */
export function runRule(rule: Rule, world: World, around: Surroundings, from = 0): readonly Outcome[] {
  const expression = rule.expressions[from];
  if (expression === undefined) return [{ kind: "next", world }];
  const [kind = "", body] = isObject(expression) ? (Object.entries(expression)[0] ?? []) : [];
  const goOn = (next: World) => runRule(rule, next, around, from + 1);
  if (isHarmless(kind, body)) return goOn(world);
  switch (kind) {
    case "match":
      return runMatch(rule, expression, body, world, around, goOn);
    case "vmap":
      return runVerdictMap(rule, expression, body, world, around);
    case "mangle":
      return goOn(mangled(body, world));
    case "notrack":
      return goOn(untracked(world));
    case "dnat":
      return isOfFamily(body, world) ? [{ kind: "accept", world: sentElsewhere(body, world) }] : goOn(world);
    case "redirect":
      return [{ kind: "accept", world: redirected(body, world) }];
    default:
      return verdictOf(kind, body, world) ?? runUnknown(expression, world, goOn);
  }
}

function runMatch(
  rule: Rule,
  expression: Json,
  body: Json,
  world: World,
  { ruleset, route }: Surroundings,
  goOn: (world: World) => readonly Outcome[],
): readonly Outcome[] {
  const holds = isObject(body) ? matches(body, world, rule, ruleset, route) : "unknown";
  if (holds === "yes") return goOn(world);
  if (holds === "no") return [{ kind: "next", world }];
  const assumed = assuming(world, expression);
  return [...goOn(assumed), { kind: "next", world: assumed }];
}

/** `tcp dport vmap { 22 : accept, 80 : jump web }`; nothing fits: the next rule. */
function runVerdictMap(
  rule: Rule,
  expression: Json,
  body: Json,
  world: World,
  { ruleset, route }: Surroundings,
): readonly Outcome[] {
  const looked = isObject(body) ? lookUp(body.key, world, route) : "unknown";
  if (looked === "absent") return [{ kind: "next", world }];
  const entries = isObject(body) ? entriesOf(body.data, rule, ruleset) : null;
  const assumed = assuming(world, expression);
  if (looked === "unknown" || entries === null) return anything(assumed, entries ?? []);
  const truths = entries.map(([key]) => (key === "*" ? "no" : contains(key, looked.value, rule, ruleset)));
  const hit = entries[truths.indexOf("yes")];
  if (hit !== undefined) return verdictFor(hit[1], world);
  const fallback = entries.find(([key]) => key === "*");
  const otherwise = (next: World): readonly Outcome[] =>
    fallback === undefined ? [{ kind: "next", world: next }] : verdictFor(fallback[1], next);
  if (!truths.includes("unknown")) return otherwise(world);
  return [
    ...entries
      .filter((_, index) => truths[index] === "unknown")
      .flatMap(([, verdict]) => verdictFor(verdict, assumed)),
    ...otherwise(assumed),
  ];
}

type Entry = readonly [key: Json, verdict: Json];

function entriesOf(data: Json, rule: Rule, ruleset: Ruleset): readonly Entry[] | null {
  const named = typeof data === "string" ? ruleset.set(rule, data.replace(/^@/, "")) : undefined;
  const elements = isObject(data) && Array.isArray(data.set) ? data.set : named?.elements;
  if (elements === undefined || named?.isDynamic === true) return null;
  const pairs = elements.filter(
    (element): element is Entry => Array.isArray(element) && element.length === 2,
  );
  return pairs.length === elements.length ? pairs : null;
}

/** A map nobody can look into may do any of what it holds, or nothing. */
function anything(world: World, entries: readonly Entry[]): readonly Outcome[] {
  const verdicts = entries.flatMap(([, verdict]) => verdictFor(verdict, world));
  const guesses: readonly Outcome[] = entries.length === 0 ? eitherWay(world) : [{ kind: "next", world }];
  return [...verdicts, ...guesses];
}

function verdictFor(verdict: Json, world: World): readonly Outcome[] {
  const [kind = "", body] = isObject(verdict) ? (Object.entries(verdict)[0] ?? []) : [];
  return verdictOf(kind, body, world) ?? eitherWay(assuming(world, verdict));
}

function verdictOf(kind: string, body: Json, world: World): readonly Outcome[] | null {
  switch (kind) {
    case "accept":
    case "masquerade":
    case "snat":
      return [{ kind: "accept", world }];
    case "drop":
    case "reject":
      return [{ kind: "drop", world }];
    case "return":
      return [{ kind: "return", world }];
    case "continue":
      return [{ kind: "next", world }];
    case "jump":
    case "goto":
      return [{ kind, target: isObject(body) ? String(body.target) : "", world }];
    default:
      return null;
  }
}

/** A condition, or a statement with a verdict of its own: nobody knows which. */
function runUnknown(
  expression: Json,
  world: World,
  goOn: (world: World) => readonly Outcome[],
): readonly Outcome[] {
  const assumed = assuming(world, expression);
  const isVerdict =
    isObject(expression) && ["queue", "tproxy", "synproxy", "fwd"].some((kind) => kind in expression);
  return isVerdict ? eitherWay(assumed) : [...goOn(assumed), { kind: "next", world: assumed }];
}

export function eitherWay(world: World): readonly Outcome[] {
  return [
    { kind: "accept", world },
    { kind: "drop", world },
    { kind: "next", world },
  ];
}

export function assuming(world: World, expression: Json): World {
  const text = expressionText(expression);
  return world.assumed.includes(text) ? world : { ...world, assumed: [...world.assumed, text] };
}
