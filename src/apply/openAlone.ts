import { openOwnJournal } from "../store/journalStore.ts";
import { openLedger } from "./ledger.ts";
import type { Lock } from "./lock.ts";
import type { Mirror } from "./mirror.ts";
import type { OpenRun, RunParts } from "./openRun.ts";
import { ownHosts } from "./ownHosts.ts";

/**
 * A run without lock and without the copy in the cluster, for the one case in which neither can be had: a step of
 * ours was broken off while the API was away, and only we can bring it back. The user vouches that no other run is at work.
 */
export function openAlone({ world, report, runId, journalFile, ...rest }: RunParts): OpenRun {
  const store = openOwnJournal(journalFile);
  const fence = store.read().entries.at(-1)?.run.fence ?? 0;
  const lock = vouchedFor(fence);
  const ledger = openLedger({ runId, world, lock, mirror: NONE, store, report });
  const { handlers, replan, allowed } = rest;
  return {
    world: ownHosts(world, lock, report),
    handlers,
    replan,
    report,
    allowed,
    ledger,
    [Symbol.asyncDispose]: async () => store[Symbol.dispose](),
  };
}

function vouchedFor(fence: number): Lock {
  return { fence, check: async () => undefined, [Symbol.asyncDispose]: async () => undefined };
}

/** The next run that has the cluster brings its copy up to date. */
const NONE: Mirror = { read: async () => null, write: async () => undefined };
