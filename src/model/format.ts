import type { Unit } from "./signal.ts";
import { DAY, HOUR, MINUTE, type Millis, SECOND } from "./time.ts";

/** A stretch of time in a sentence: `20 s`, `47 min`, `1 h 05 min`, `3 d 4 h`. */
export function formatDuration(duration: Millis): string {
  if (duration < MINUTE) return `${Math.floor(duration / SECOND)} s`;
  if (duration < HOUR) return `${Math.floor(duration / MINUTE)} min`;
  if (duration < DAY) return joined(duration, HOUR, "h", MINUTE, "min", 2);
  return joined(duration, DAY, "d", HOUR, "h", 1);
}

const BYTE_UNITS = ["B", "kB", "MB", "GB", "TB"] as const;

/** A size in a sentence, as disks are sold: `0 B`, `8.2 kB`, `412 MB`, `1.2 GB`. */
export function formatBytes(bytes: number): string {
  let value = bytes;
  let unit = 0;
  while (Math.round(value) >= 1_000 && unit < BYTE_UNITS.length - 1) {
    value /= 1_000;
    unit++;
  }
  const digits = unit > 0 && value < 10 ? 1 : 0;
  return `${Number(value.toFixed(digits))} ${BYTE_UNITS[unit]}`;
}

/** A measured value with its unit: `91 %`, `0.15 %`, `500 ms`, `1.2 s`, `3m 12s`, `42`. */
export function formatValue(unit: Unit, value: number): string {
  if (unit === "ratio") return `${formatNumber(value * 100)} %`;
  return unit === "seconds" ? formatSeconds(value) : formatNumber(value);
}

/** Where a quantile must lie: `0.3 … 1.2 s`, `≤ 100 ms`, `> 5 s`. `atMost` may be infinite. */
export function formatInterval(unit: Unit, above: number, atMost: number): string {
  if (above <= 0) return Number.isFinite(atMost) ? `≤ ${formatValue(unit, atMost)}` : "–";
  if (!Number.isFinite(atMost)) return `> ${formatValue(unit, above)}`;
  return `${formatValue(unit, above)} … ${formatValue(unit, atMost)}`;
}

function formatSeconds(value: number): string {
  if (value < 1) return `${formatNumber(value * 1000)} ms`;
  if (value < 60) return `${formatNumber(value)} s`;
  const minutes = Math.floor(value / 60);
  const seconds = Math.floor(value % 60);
  return seconds === 0 ? `${minutes}m` : `${minutes}m ${seconds}s`;
}

/** Three significant digits below ten, whole numbers from a hundred on. */
function formatNumber(value: number): string {
  const digits = Math.abs(value) < 10 ? 2 : Math.abs(value) < 100 ? 1 : 0;
  return String(Number(value.toFixed(digits)));
}

function joined(
  duration: Millis,
  large: Millis,
  largeName: string,
  small: Millis,
  smallName: string,
  width: number,
): string {
  const rest = Math.floor((duration % large) / small);
  const whole = `${Math.floor(duration / large)} ${largeName}`;
  return rest === 0 ? whole : `${whole} ${String(rest).padStart(width, "0")} ${smallName}`;
}
