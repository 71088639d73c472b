import type { HostSettings } from "../config/config.ts";
import type { PlanMoney } from "../model/plan.ts";
import type { Step } from "../model/step.ts";
import type { PlanInput } from "./planner.ts";
import { joining, readTopology } from "./topology.ts";

/** US cents a month by the provider's own list; `null`: no size is named, or no price is known. */
export function priceOf(name: string, { config, context }: PlanInput): number | null {
  const host = allHosts({ config }).find((each) => each.name === name);
  const sizes = context.facts.cloud?.sizes ?? [];
  return sizes.find(({ slug }) => slug === host?.size)?.monthlyCents ?? null;
}

/** What the hosts there are cost, and what the steps add; `null` as soon as one price is not known. */
export function moneyOf(input: PlanInput, steps: readonly Step[]): PlanMoney {
  const newHosts = joining(readTopology(input)).map(({ name }) => name);
  const oldHosts = allHosts(input).filter(({ name }) => !newHosts.includes(name));
  const now = oldHosts.map(({ name }) => priceOf(name, input)).reduce(added, 0);
  const isKnown = newHosts.every((name) => priceOf(name, input) !== null);
  const then = isKnown ? steps.map((step) => step.monthlyCents).reduce(added, now) : null;
  return { nowMonthlyCents: now, thenMonthlyCents: then };
}

function allHosts({ config }: Pick<PlanInput, "config">): readonly HostSettings[] {
  return [...config.hosts, ...(config.target?.hosts ?? [])];
}

function added(sum: number | null, price: number | null): number | null {
  return sum === null || price === null ? null : sum + price;
}
