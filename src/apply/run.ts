import type { Plan } from "../model/plan.ts";
import type { ProgressNews } from "../model/progress.ts";
import type { Hazard } from "../model/step.ts";
import type { Handlers } from "./handlers.ts";
import type { Ledger } from "./ledger.ts";
import type { World } from "./world.ts";

/** All that `apply` and `undo` work with. */
export interface Run {
  readonly world: World;
  readonly handlers: Handlers;
  readonly ledger: Ledger;
  /** Reads the facts again and makes the plan again. */
  readonly replan: () => Promise<Plan>;
  readonly report: (news: ProgressNews) => void;
  /** Hazards the user has agreed to. */
  readonly allowed: readonly Hazard[];
}
