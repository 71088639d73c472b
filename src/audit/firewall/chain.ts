import { type Decider, distinctWorlds, type World } from "./packet.ts";
import { assuming, eitherWay, type Outcome, runRule, type Surroundings } from "./rule.ts";
import type { Chain, Rule } from "./ruleset.ts";

/** A world that a chain has let go or stopped. */
export interface Exit {
  readonly kind: "accept" | "drop";
  readonly world: World;
  readonly by: Decider;
}

export interface Passage {
  readonly exits: readonly Exit[];
  /** Those that reached the end, or a `return`. */
  readonly through: readonly World[];
}

/** The kernel's own limit. https://wiki.nftables.org/wiki-nftables/index.php/Jumping_to_chain */
const DEEPEST_JUMP = 16;

/** Sends worlds through a chain, rule by rule. */
export function runChain(chain: Chain, worlds: readonly World[], around: Surroundings, depth = 0): Passage {
  const exits: Exit[] = [];
  const returned: World[] = [];
  let current = distinctWorlds(worlds);
  for (const rule of chain.rules) {
    if (current.length === 0) break;
    const next: World[] = [];
    for (const world of current) {
      for (const outcome of runRule(rule, world, around)) {
        settle(outcome, { chain, rule }, around, depth, { exits, next, returned });
      }
    }
    current = distinctWorlds(next);
  }
  return { exits, through: distinctWorlds([...current, ...returned]) };
}

interface Sinks {
  readonly exits: Exit[];
  readonly next: World[];
  readonly returned: World[];
}

function settle(
  outcome: Outcome,
  by: { readonly chain: Chain; readonly rule: Rule },
  around: Surroundings,
  depth: number,
  sinks: Sinks,
): void {
  const { kind, world } = outcome;
  if (kind === "next") sinks.next.push(world);
  else if (kind === "return") sinks.returned.push(world);
  else if (kind === "jump" || kind === "goto") {
    const { exits, through } = enter(outcome.target, by, world, around, depth);
    sinks.exits.push(...exits);
    // After a goto the end of the target is the end of this chain too.
    (kind === "jump" ? sinks.next : sinks.returned).push(...through);
  } else sinks.exits.push({ kind, world, by });
}

function enter(
  target: string,
  by: { readonly chain: Chain; readonly rule: Rule },
  world: World,
  around: Surroundings,
  depth: number,
): Passage {
  const chain = around.ruleset.chain(by.chain, target);
  if (chain !== undefined && depth < DEEPEST_JUMP) return runChain(chain, [world], around, depth + 1);
  const lost = assuming(world, `jump ${target}`);
  const guesses = eitherWay(lost);
  return {
    exits: guesses.flatMap(({ kind }) =>
      kind === "accept" || kind === "drop" ? [{ kind, world: lost, by }] : [],
    ),
    through: [lost],
  };
}
