import assert from "node:assert/strict";
import { test } from "node:test";
import { DAY, HOUR } from "../../model/time.ts";
import { busyHours, type HourlyTraffic } from "./busyHours.ts";

const MONDAY = Date.UTC(2026, 10, 16);

/** `rate` by the UTC hour that each sample is about. */
function traffic(days: number, rate: (hour: number) => number): readonly HourlyTraffic[] {
  return Array.from({ length: days * 24 }, (_, index) => ({
    at: MONDAY + (index + 1) * HOUR,
    value: rate(index % 24),
  }));
}

const hours = (samples: readonly HourlyTraffic[], zone = "UTC") => {
  const found = busyHours(samples, zone);
  return found === null ? null : [found.from / 60, found.to / 60];
};

test("the hours around the busiest, down to a quarter of it", () => {
  assert.deepEqual(hours(traffic(7, (hour) => (hour >= 8 && hour < 23 ? 4 : 0.9))), [8, 23]);
  assert.deepEqual(
    hours(traffic(7, (hour) => (hour >= 8 && hour < 23 ? 4 : 1))),
    null,
    "a quarter is busy too",
  );
});

test("over midnight, and on the wall clock of the zone", () => {
  assert.deepEqual(hours(traffic(7, (hour) => (hour >= 22 || hour < 5 ? 3 : 0))), [22, 5]);
  assert.deepEqual(
    hours(
      traffic(7, (hour) => (hour >= 13 && hour < 20 ? 3 : 0)),
      "America/New_York",
    ),
    [8, 15],
  );
});

test("too little history, none at all, or no night says nothing", () => {
  assert.equal(hours(traffic(2, (hour) => hour)), null);
  assert.equal(hours(traffic(7, () => 0)), null);
  assert.equal(hours(traffic(7, () => 2)), null);
  assert.equal(hours([{ at: MONDAY + DAY, value: 1 }]), null);
});
