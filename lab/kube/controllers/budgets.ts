import { read, type Stored } from "../object.ts";
import { matchesSelector } from "../selectors.ts";
import { list, setStatus, timeText, type World } from "../world.ts";
import { isAvailable } from "./pods.ts";

/** Counts what each PodDisruptionBudget still allows. */
export function budgets(world: World): void {
  for (const budget of list(world, "poddisruptionbudgets")) count(world, budget);
}

function count(world: World, budget: Stored): void {
  const pods = list(world, "pods", budget.metadata.namespace).filter((pod) =>
    matchesSelector(read(budget, "spec", "selector"), pod.metadata.labels ?? {}),
  );
  const currentHealthy = pods.filter(isAvailable).length;
  const desiredHealthy = needed(budget, pods.length);
  const disruptionsAllowed = Math.max(0, currentHealthy - desiredHealthy);
  const isAllowed = disruptionsAllowed > 0;
  const lastTransitionTime =
    read<string>(budget, "status", "conditions", 0, "lastTransitionTime") ?? timeText(world.now());
  setStatus(world, "poddisruptionbudgets", budget, {
    observedGeneration: budget.metadata.generation,
    disruptionsAllowed,
    currentHealthy,
    desiredHealthy,
    expectedPods: pods.length,
    conditions: [
      {
        type: "DisruptionAllowed",
        status: isAllowed ? "True" : "False",
        observedGeneration: budget.metadata.generation,
        lastTransitionTime,
        reason: isAllowed ? "SufficientPods" : "InsufficientPods",
        message: "",
      },
    ],
  });
}

function needed(budget: Stored, expected: number): number {
  const [least, most] = [
    read<string | number>(budget, "spec", "minAvailable"),
    read<string | number>(budget, "spec", "maxUnavailable"),
  ];
  if (least !== undefined) return part(least, expected);
  return Math.max(0, expected - part(most ?? 1, expected));
}

function part(value: string | number, of: number): number {
  return typeof value === "number" ? value : Math.ceil((Number.parseInt(value, 10) * of) / 100);
}
