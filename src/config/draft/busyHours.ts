import { Temporal } from "temporal-polyfill";
import type { EpochMs } from "../../model/time.ts";
import { type UsageHours, WEEKDAYS } from "../../model/usageHours.ts";

/** Requests a second, averaged over the hour that ends at `at`. */
export interface HourlyTraffic {
  readonly at: EpochMs;
  readonly value: number;
}

/** An hour counts as busy from this part of the busiest hour on. */
const BUSY_SHARE = 0.25;
const HOURS = 24;
const FEWEST_SAMPLES = 3 * HOURS;
const MINUTES = 60;

/**
 * The hours of the day with traffic worth the name, on the wall clock of a zone: the busiest hour and its neighbours down
 * to a quarter of it. `null` when there are less than three days of history, or hardly a difference between day and night.
 */
export function busyHours(traffic: readonly HourlyTraffic[], timeZone: string): UsageHours | null {
  if (traffic.length < FEWEST_SAMPLES) return null;
  const means = hourlyMeans(traffic, timeZone);
  const busiest = means.indexOf(Math.max(...means));
  const isBusy = (hour: number) => (means[mod(hour)] ?? 0) >= BUSY_SHARE * (means[busiest] ?? 0);
  if ((means[busiest] ?? 0) <= 0 || means.every((_, hour) => isBusy(hour))) return null;
  let from = busiest;
  while (isBusy(from - 1)) from--;
  let to = busiest + 1;
  while (isBusy(to)) to++;
  return { timeZone, days: WEEKDAYS, from: mod(from) * MINUTES, to: mod(to) * MINUTES };
}

function hourlyMeans(traffic: readonly HourlyTraffic[], timeZone: string): readonly number[] {
  const byHour = Map.groupBy(traffic, ({ at }) => startingHour(at, timeZone));
  return Array.from({ length: HOURS }, (_, hour) => {
    const samples = byHour.get(hour) ?? [];
    return samples.reduce((sum, { value }) => sum + value, 0) / Math.max(1, samples.length);
  });
}

/** The local hour that a trailing average over one hour is about. */
function startingHour(at: EpochMs, timeZone: string): number {
  const end = Temporal.Instant.fromEpochMilliseconds(at).toZonedDateTimeISO(timeZone);
  return end.subtract({ hours: 1 }).hour;
}

function mod(hour: number): number {
  return (hour + HOURS) % HOURS;
}
