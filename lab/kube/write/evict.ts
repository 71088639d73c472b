import type { Answer, Call } from "../call.ts";
import { edited, type Fields, read, type Stored } from "../object.ts";
import { refusal, success } from "../refusal.ts";
import { builtIn } from "../resources.ts";
import { matchesSelector } from "../selectors.ts";
import { list } from "../world.ts";
import { discard } from "./remove.ts";
import { existing } from "./update.ts";

/** POST on a pod's `eviction`: deletes it if every budget over it allows one more to be gone. */
export function evict(call: Call): Answer {
  const { world, target, isDryRun } = call;
  const pod = existing(call);
  const budgets = list(world, "poddisruptionbudgets", target.namespace).filter((budget) =>
    covers(budget, pod),
  );
  if (budgets.length > 1) {
    throw refusal(
      500,
      "InternalError",
      "This pod has more than one PodDisruptionBudget, which the eviction subresource does not support.",
    );
  }
  const [budget] = budgets;
  if (budget !== undefined && isReady(pod)) {
    refuseBeyond(budget);
    if (!isDryRun) spend(call, budget);
  }
  if (!isDryRun) discard(world, builtIn("pods"), pod);
  return { status: 201, body: success(undefined, 201) };
}

function covers({ spec }: Stored, pod: Stored): boolean {
  return matchesSelector(read(spec, "selector"), pod.metadata.labels ?? {});
}

function refuseBeyond(budget: Stored): void {
  if ((read<number>(budget, "status", "disruptionsAllowed") ?? 0) > 0) return;
  const needed = read<number>(budget, "status", "desiredHealthy");
  const healthy = read<number>(budget, "status", "currentHealthy");
  const message = `The disruption budget ${budget.metadata.name} needs ${needed} healthy pods and has ${healthy} currently`;
  throw refusal(429, "TooManyRequests", "Cannot evict pod as it would violate the pod's disruption budget.", {
    causes: [{ reason: "DisruptionBudget", message }],
  });
}

/** Counted at once, so that two evictions cannot share one allowance. */
function spend({ world }: Call, budget: Stored): void {
  const next = edited(budget, ({ status }) => {
    const counts = status as Fields;
    counts.disruptionsAllowed = (counts.disruptionsAllowed as number) - 1;
  });
  world.store.put(builtIn("poddisruptionbudgets"), next);
}

/** Whether a pod is ready to serve. */
export function isReady(pod: Stored): boolean {
  const conditions = read<readonly { type: string; status: string }[]>(pod, "status", "conditions") ?? [];
  return conditions.some(({ type, status }) => type === "Ready" && status === "True");
}
