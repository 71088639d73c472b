import type { Step } from "./step.ts";

/** The way from what is to what is meant, as one JSON value: what is shown is what runs. */
export interface Plan {
  readonly version: typeof PLAN_VERSION;
  /** A hash of everything else but `madeAt`: the same facts and intentions give the same plan. */
  readonly id: string;
  /** As in `outgrow.yaml`. */
  readonly cluster: string;
  /** ISO 8601, UTC. */
  readonly madeAt: string;
  readonly basis: Basis;
  /** In the order they are carried out: each stands behind all it needs. */
  readonly steps: readonly Step[];
  /** What one host still carries alone afterwards. */
  readonly staysSingle: readonly string[];
  /** What no step touches and was looked at. */
  readonly staysAsItIs: readonly string[];
  readonly money: PlanMoney;
}

export const PLAN_VERSION = 1;

/** What the plan was computed from. Parts have names, so that a change in one can be called by it. */
export interface Basis {
  readonly hash: string;
  /** `volumes` → a hash of what was read of them. */
  readonly parts: Readonly<Record<string, string>>;
}

/** US cents a month; `null`: no price is known. */
export interface PlanMoney {
  readonly nowMonthlyCents: number | null;
  readonly thenMonthlyCents: number | null;
}
