import { Temporal } from "temporal-polyfill";
import { OutgrowError } from "../model/error.ts";
import { DAY, type EpochMs, HOUR, MINUTE } from "../model/time.ts";

const AGO_UNITS: Readonly<Record<string, number>> = { m: MINUTE, h: HOUR, d: DAY, w: 7 * DAY };

/**
 * An instant on the command line: `2026-11-23T14:00:00Z` (any offset), `2026-11-23` or
 * `2026-11-23T14:00` on the wall clock of `timeZone`, `now`, or `30d` for thirty days ago.
 */
export function parseInstant(option: string, text: string, now: EpochMs, timeZone: string): EpochMs {
  if (text === "now") return now;
  const ago = /^(\d+)([mhdw])$/.exec(text);
  if (ago !== null) return now - Number(ago[1]) * (AGO_UNITS[ago[2] ?? ""] ?? Number.NaN);
  const at = absolute(text, timeZone);
  if (at !== null) return at;
  throw new OutgrowError("usage", `--${option} ${text} is not an instant.`, {
    hint: "Write 2026-11-23, 2026-11-23T14:00:00Z, or 30d for thirty days ago.",
  });
}

/** Throws unless `from` lies before `to` and `to` not in the future. */
export function checkRange(from: EpochMs, to: EpochMs, now: EpochMs): void {
  if (to > now) {
    throw new OutgrowError("usage", `--to ${new Date(to).toISOString()} lies in the future.`, {
      hint: "History ends now: leave --to out.",
    });
  }
  if (from >= to) {
    throw new OutgrowError(
      "usage",
      `--from ${new Date(from).toISOString()} is not before --to ${new Date(to).toISOString()}.`,
      { hint: "Swap the two." },
    );
  }
}

function absolute(text: string, timeZone: string): EpochMs | null {
  try {
    return /(Z|[+-]\d\d:?\d\d)$/i.test(text) && text.includes("T")
      ? Temporal.Instant.from(text).epochMilliseconds
      : Temporal.PlainDateTime.from(text).toZonedDateTime(timeZone).epochMilliseconds;
  } catch {
    return null;
  }
}
