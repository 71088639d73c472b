import { closest } from "../model/similar.ts";
import type { Cursor } from "./cursor.ts";
import { readText } from "./readers.ts";

/** An IANA zone that this Node knows, as it is written. */
export function readTimeZone(cursor: Cursor): string | undefined {
  const name = readText(cursor);
  if (name === undefined || isZone(name)) return name;
  const near = closest(name, Intl.supportedValuesOf("timeZone"));
  const hint = near === undefined ? "Write an IANA name such as America/New_York." : `Did you mean ${near}?`;
  cursor.problem(`${cursor.path}: there is no time zone ${JSON.stringify(name)}.`, hint);
  return undefined;
}

/** Offsets such as `+02:00` have no daylight saving time and are most likely a mistake. */
function isZone(name: string): boolean {
  if (!/^[A-Za-z]/.test(name)) return false;
  try {
    return new Intl.DateTimeFormat("en", { timeZone: name }) !== undefined;
  } catch {
    return false;
  }
}
