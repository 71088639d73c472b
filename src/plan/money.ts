import type { PlanMoney } from "../model/plan.ts";
import type { Step } from "../model/step.ts";
import type { PlanInput } from "./planner.ts";

/** What the hosts there are cost by the provider's own list, and what the steps add. */
export function moneyOf({ config, context }: PlanInput, steps: readonly Step[]): PlanMoney {
  const sizes = context.facts.cloud?.sizes ?? [];
  const prices = config.hosts.map(
    ({ size }) => sizes.find(({ slug }) => slug === size)?.monthlyCents ?? null,
  );
  const now = prices.reduce(added, prices.length === 0 ? null : 0);
  return {
    nowMonthlyCents: now,
    thenMonthlyCents: steps.map((step) => step.monthlyCents).reduce(added, now),
  };
}

function added(sum: number | null, price: number | null): number | null {
  return sum === null || price === null ? null : sum + price;
}
