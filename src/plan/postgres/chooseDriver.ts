import type { PostgresFacts } from "../../model/postgresFacts.ts";
import type { MoveDriver } from "../../model/steps/postgres-move.ts";
import { MINUTE, type Millis, SECOND } from "../../model/time.ts";
import type { PreflightFinding } from "./finding.ts";
import { mayReturn } from "./mayReturn.ts";
import { obstacles, type Preflight } from "./preflight.ts";

/** How the database is moved, and what that means for those who use it. */
export interface DriverChoice {
  readonly driver: MoveDriver;
  readonly why: string;
  /** How long nobody can write. */
  readonly pauseMs: Millis;
  /** The same on the way home, which is streamed whatever the driver. */
  readonly homePauseMs: Millis;
  readonly durationMs: Millis;
  /** False: after the switch there is no way back with the new rows. */
  readonly canReturn: boolean;
}

/** Careful guesses for two small hosts; what is measured during the move takes their place. */
const COPY_BYTES_PER_MS = 10_000;
const COMPARE_BYTES_PER_MS = 40_000;
const PAUSE_MS = 2_000;

/**
 * Streams where that is possible: the pause does not grow with the database. By our own subscription rather than by the
 * provider's migration, which tells little while it works; and while nobody can write only where neither may be had.
 */
export function chooseDriver(
  { source, target }: PostgresFacts,
  looked: Preflight,
  hasOnlineMigration: boolean,
): DriverChoice {
  const copyMs = source.bytes / COPY_BYTES_PER_MS;
  const compareMs = source.bytes / COMPARE_BYTES_PER_MS;
  const canReturn = mayReturn(source, target);
  const keylessMs = source.keylessTables.reduce((sum, { bytes }) => sum + bytes, 0) / COMPARE_BYTES_PER_MS;
  const streamedMs = Math.round(PAUSE_MS + keylessMs);
  const streamed = {
    pauseMs: streamedMs,
    homePauseMs: streamedMs,
    durationMs: Math.round(60_000 + copyMs + compareMs),
    canReturn,
  };
  const against = obstacles("subscription", looked);
  if (against.length === 0)
    return { driver: "subscription", why: "copied and followed while it is written to", ...streamed };
  if (hasOnlineMigration && obstacles("provider", looked).length === 0)
    return {
      driver: "provider",
      why: `copied and followed by the provider's online migration while it is written to, for ${textOf(against)}`,
      ...streamed,
    };
  const pauseMs = Math.round(PAUSE_MS + copyMs + compareMs);
  return {
    driver: "offline",
    why: `copied while nobody can write, for it cannot be followed: ${textOf(against)}`,
    pauseMs,
    homePauseMs: streamedMs,
    durationMs: pauseMs + 60_000,
    canReturn,
  };
}

/** When writes are let go of all the same: after a minute, and where the pause grows with the database, when the guess was quite wrong. */
export function holdLimit(pauseMs: Millis): Millis {
  return Math.max(MINUTE, Math.ceil((3 * pauseMs) / SECOND) * SECOND);
}

function textOf(findings: readonly PreflightFinding[]): string {
  return findings.map(({ subject, evidence }) => `${subject}: ${evidence}`).join("; ");
}
