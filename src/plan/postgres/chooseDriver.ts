import type { PostgresFacts, PostgresSourceFacts, PostgresTargetFacts } from "../../model/postgresFacts.ts";
import type { Millis } from "../../model/time.ts";
import { blockers, type Preflight } from "./preflight.ts";

/** How the database is moved, and what that means for those who use it. */
export interface DriverChoice {
  readonly driver: "subscription" | "offline";
  readonly why: string;
  /** How long nobody can write. */
  readonly pauseMs: Millis;
  readonly durationMs: Millis;
  /** False: after the switch there is no way back with the new rows. */
  readonly canReturn: boolean;
}

/** Careful guesses for two small hosts; what is measured during the move takes their place. */
const COPY_BYTES_PER_MS = 10_000;
const COMPARE_BYTES_PER_MS = 40_000;
const PAUSE_MS = 2_000;

/** Streams where that is possible: the pause does not grow with the database. */
export function chooseDriver({ source, target }: PostgresFacts, { stream }: Preflight): DriverChoice {
  const against = blockers(stream);
  const copyMs = source.bytes / COPY_BYTES_PER_MS;
  const compareMs = source.bytes / COMPARE_BYTES_PER_MS;
  const canReturn = mayReturn(source, target);
  if (against.length === 0) {
    const keylessMs = source.keylessTables.reduce((sum, { bytes }) => sum + bytes, 0) / COMPARE_BYTES_PER_MS;
    return {
      driver: "subscription",
      why: "it copies and follows while the database is written to",
      pauseMs: Math.round(PAUSE_MS + keylessMs),
      durationMs: Math.round(60_000 + copyMs + compareMs),
      canReturn,
    };
  }
  const pauseMs = Math.round(PAUSE_MS + copyMs + compareMs);
  return {
    driver: "offline",
    why: `streaming is not possible: ${against.map(({ subject, evidence }) => `${subject}: ${evidence}`).join("; ")}`,
    pauseMs,
    durationMs: pauseMs + 60_000,
    canReturn,
  };
}

/**
 * New rows come home by a subscription of the source to the target: that one must have slots to give, every table must be
 * one whose changes can be streamed, and nothing on the source may act on rows that arrive.
 */
function mayReturn(source: PostgresSourceFacts, target: PostgresTargetFacts): boolean {
  const hasSlots = target.walLevel === "logical" && target.mayReplicate && target.freeSlots >= 2;
  const { tablesWithoutIdentity, tablesWithoutEquality, alwaysTriggers } = source;
  const obstacles = [...tablesWithoutIdentity, ...tablesWithoutEquality, ...alwaysTriggers];
  return hasSlots && obstacles.length === 0 && source.largeObjects === 0;
}
