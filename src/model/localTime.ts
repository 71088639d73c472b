import type { EpochMs } from "./time.ts";

/** `Mon 23 Nov 14:32` on the wall clock of an IANA zone. */
export function formatLocal(at: EpochMs, timeZone: string): string {
  const parts = partsAt(at, timeZone);
  return `${parts.weekday} ${parts.day} ${parts.month} ${parts.hour}:${parts.minute}`;
}

/** `New York` for `America/New_York`: how a person names the place. */
export function placeOfZone(timeZone: string): string {
  return (timeZone.split("/").at(-1) ?? timeZone).replaceAll("_", " ");
}

function partsAt(at: EpochMs, timeZone: string): Readonly<Record<string, string>> {
  const format = new Intl.DateTimeFormat("en-GB", {
    timeZone,
    weekday: "short",
    day: "numeric",
    month: "short",
    hour: "2-digit",
    minute: "2-digit",
    hourCycle: "h23",
  });
  return Object.fromEntries(format.formatToParts(at).map(({ type, value }) => [type, value]));
}
