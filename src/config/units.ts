import { DAY, HOUR, MINUTE, type Millis, SECOND } from "../model/time.ts";

const DURATIONS: Readonly<Record<string, Millis>> = {
  ms: 1,
  s: SECOND,
  sec: SECOND,
  m: MINUTE,
  min: MINUTE,
  h: HOUR,
  d: DAY,
};

/** `500ms`, `30 s`, `2min`, `1h 30m`; `null` for what is no duration. */
export function parseDuration(text: string): Millis | null {
  const parts = [...text.trim().matchAll(/(\d+(?:\.\d+)?)\s*([a-z]+)\s*/gy)];
  const isWhole = parts.length > 0 && parts.map(([part]) => part).join("") === text.trim();
  if (!isWhole || parts.some(([, , unit]) => DURATIONS[unit ?? ""] === undefined)) return null;
  const total = parts.reduce((sum, [, count, unit]) => sum + Number(count) * (DURATIONS[unit ?? ""] ?? 0), 0);
  return tidy(total);
}

/** `60%`, `0.1 %` as 0.6 and 0.001. */
export function parsePercent(text: string): number | null {
  const match = /^\s*(\d+(?:\.\d+)?)\s*%\s*$/.exec(text);
  return match === null ? null : tidy(Number(match[1]) / 100);
}

const BYTES: Readonly<Record<string, number>> = {
  B: 1,
  kB: 1e3,
  KB: 1e3,
  MB: 1e6,
  GB: 1e9,
  KiB: 1024,
  Ki: 1024,
  MiB: 1024 ** 2,
  Mi: 1024 ** 2,
  GiB: 1024 ** 3,
  Gi: 1024 ** 3,
};

/** `1GiB`, `512 MiB`, and Kubernetes' `1Gi`. */
export function parseBytes(text: string): number | null {
  const match = /^\s*(\d+(?:\.\d+)?)\s*([A-Za-z]+)\s*$/.exec(text);
  const factor = BYTES[match?.[2] ?? ""];
  return match === null || factor === undefined ? null : Math.round(Number(match[1]) * factor);
}

/** `3 per 60m`: so many events in a trailing window. */
export function parseEvents(text: string): { readonly count: number; readonly windowMs: Millis } | null {
  const match = /^\s*(\d+)\s+(?:per|in)\s+(.+)$/.exec(text);
  const windowMs = match === null ? null : parseDuration(match[2] ?? "");
  return windowMs === null ? null : { count: Number(match?.[1]), windowMs };
}

/** `08:00` as minutes after midnight; `24:00` is the end of the day. */
export function parseClock(text: string): number | null {
  const match = /^(\d{1,2}):(\d{2})$/.exec(text);
  if (match === null) return null;
  const minutes = Number(match[1]) * 60 + Number(match[2]);
  return Number(match[2]) < 60 && minutes <= 24 * 60 ? minutes : null;
}

/** 0.1 % is 0.001, not 0.0010000000000000002. */
function tidy(value: number): number {
  return Number(value.toPrecision(12));
}
