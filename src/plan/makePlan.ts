import { auditContext } from "../audit/context.ts";
import { intentOf } from "../audit/intent.ts";
import type { Config } from "../config/config.ts";
import { canonicalJson, type Hash } from "../model/canonical.ts";
import { OutgrowError } from "../model/error.ts";
import type { Facts } from "../model/facts.ts";
import { type Basis, PLAN_VERSION, type Plan } from "../model/plan.ts";
import { type EpochMs, isoInstant } from "../model/time.ts";
import { moneyOf } from "./money.ts";
import { ordered } from "./order.ts";
import { planId } from "./parsePlan.ts";
import type { Draft, PlanInput, StepPlanner } from "./planner.ts";
import { PLANNERS } from "./planners.ts";
import { staysAsItIs, staysSingle } from "./stays.ts";

export interface PlanSources {
  readonly facts: Facts;
  readonly config: Config;
  readonly hash: Hash;
  readonly now: EpochMs;
}

/** The way from the facts to the target. Nothing to do is a plan without steps. */
export function makePlan(sources: PlanSources, planners: readonly StepPlanner[] = PLANNERS): Plan {
  const { facts, config, hash, now } = sources;
  refuseWithout(facts, config);
  const input: PlanInput = { config, context: auditContext(facts, intentOf(config)) };
  const planned = planners.map((each) => ({ ...each.plan(input), onlyWith: each.onlyWith }));
  const steps = ordered(accompanied(planned));
  const operators = staysAsItIs(input);
  const parts = Object.assign({ operators }, ...planned.map((each) => each.parts)) as Record<string, unknown>;
  const content = {
    version: PLAN_VERSION,
    cluster: config.cluster.name,
    basis: basisOf(parts, hash),
    steps,
    staysSingle: staysSingle(config),
    staysAsItIs: operators,
    money: moneyOf(input, steps),
  } as const;
  return { ...content, id: planId(content, hash), madeAt: isoInstant(now) };
}

function refuseWithout(facts: Facts, config: Config): void {
  if (config.target === null) {
    throw new OutgrowError("config", "target is missing: a plan needs to know where to go.", {
      hint: "Write target: { hosts: { glaze-worker-1: { role: agent } } }.",
    });
  }
  if (facts.cluster !== null) return;
  const gap = facts.gaps.find(({ area }) => area === "cluster");
  throw new OutgrowError("no-data", "Nothing can be planned without the facts of the cluster.", {
    hint: gap?.message ?? "outgrow facts says what was read.",
  });
}

interface Group {
  readonly drafts: readonly Draft[];
  readonly onlyWith: StepPlanner["onlyWith"];
}

/** Without those whose company is not planned. */
function accompanied(groups: readonly Group[]): readonly Draft[] {
  const kinds = new Set(groups.flatMap(({ drafts }) => drafts.map(({ kind }) => kind)));
  return groups
    .filter(({ onlyWith }) => onlyWith === null || onlyWith.some((kind) => kinds.has(kind)))
    .flatMap(({ drafts }) => drafts);
}

function basisOf(parts: Readonly<Record<string, unknown>>, hash: Hash): Basis {
  const hashes = Object.fromEntries(
    Object.entries(parts).map(([name, part]) => [name, hash(canonicalJson(part))]),
  );
  return { hash: hash(canonicalJson(hashes)), parts: hashes };
}
