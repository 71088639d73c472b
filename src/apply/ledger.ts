import type { JournalEvent } from "../model/journal.ts";
import type { Plan } from "../model/plan.ts";
import type { ProgressNews } from "../model/progress.ts";
import { isoInstant, type Millis } from "../model/time.ts";
import { currentPlan, type Standing, standingOf } from "../plan/standing.ts";
import type { JournalStore } from "../store/journalStore.ts";
import type { Lock } from "./lock.ts";
import type { Mirror } from "./mirror.ts";
import { patiently } from "./retry.ts";
import type { World } from "./world.ts";

/** Where a run writes what it does: the file first, then its mirror, and only while the lock is ours. */
export interface Ledger {
  standing(): Standing;
  /** The plan that was last worked on. */
  plan(): Plan | null;
  /** Keeps a plan before its first step. */
  begin(plan: Plan): void;
  /** Has returned when it is on the disk and in the cluster. */
  write(planId: string, stepId: string, event: JournalEvent): Promise<void>;
}

export interface LedgerParts {
  readonly runId: string;
  readonly world: World;
  readonly lock: Lock;
  readonly mirror: Mirror;
  /** Opened for the cluster; the caller closes it. */
  readonly store: JournalStore;
  readonly report: (news: ProgressNews) => void;
}

export function openLedger({ world, lock, mirror, store, report, runId }: LedgerParts): Ledger {
  let journal = store.read();
  const copy = (patienceMs?: Millis) =>
    patiently(world, "the journal's copy in the cluster", report, () => mirror.write(journal), patienceMs);
  return {
    standing: () => standingOf(journal),
    plan: () => currentPlan(journal),
    begin: (plan) => {
      store.addPlan(plan);
      journal = store.read();
    },
    write: async (planId, stepId, event) => {
      // A failure is told at once: the API may be just what is broken.
      const isFailure = event.kind === "failed";
      if (!isFailure) await lock.check();
      const run = { id: runId, fence: lock.fence };
      store.append({ at: isoInstant(world.now()), run, planId, stepId, event });
      journal = store.read();
      await copy(isFailure ? 0 : undefined);
    },
  };
}
