import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { DAY, type EpochMs, HOUR, MINUTE } from "../model/time.ts";
import { type UsageHours, WEEKDAYS, type Weekday } from "../model/usageHours.ts";
import { openSpans, usageClock } from "./hours.ts";

const DAILY = { timeZone: "America/New_York", days: WEEKDAYS, from: 8 * 60, to: 23 * 60 } as const;

/** When the hours open and close over a stretch, in UTC without the date's century. */
function spansOf(hours: UsageHours, from: string, to: string): readonly string[] {
  return openSpans(hours, { from: Date.parse(from), to: Date.parse(to) }).map((span) =>
    [span.from, span.to].map((at) => new Date(at).toISOString().slice(5, 16).replace("T", " ")).join(" – "),
  );
}

test("a day in New York, in winter and in summer", () => {
  assert.deepEqual(spansOf(DAILY, "2026-01-10T05:00Z", "2026-01-11T05:00Z"), ["01-10 13:00 – 01-11 04:00"]);
  assert.deepEqual(spansOf(DAILY, "2026-07-10T04:00Z", "2026-07-11T04:00Z"), ["07-10 12:00 – 07-11 03:00"]);
});

test("over midnight the night belongs to the day it began on", () => {
  const nights = { ...DAILY, timeZone: "UTC", days: ["fri"], from: 22 * 60, to: 6 * 60 } as const;
  assert.deepEqual(spansOf(nights, "2026-01-05T00:00Z", "2026-01-12T00:00Z"), ["01-09 22:00 – 01-10 06:00"]);
});

test("a skipped hour is never inside, a doubled one is inside twice", () => {
  const smallHours = { ...DAILY, from: 2 * 60, to: 3 * 60 };
  assert.deepEqual(spansOf(smallHours, "2026-03-08T00:00Z", "2026-03-09T00:00Z"), []);
  const doubled = { ...DAILY, from: 60, to: 2 * 60 };
  assert.deepEqual(spansOf(doubled, "2026-11-01T00:00Z", "2026-11-02T00:00Z"), ["11-01 05:00 – 11-01 07:00"]);
  const half = { ...DAILY, from: 60 + 30, to: 2 * 60 };
  assert.deepEqual(spansOf(half, "2026-11-01T00:00Z", "2026-11-02T00:00Z"), [
    "11-01 05:30 – 11-01 06:00",
    "11-01 06:30 – 11-01 07:00",
  ]);
});

test("a zone whose clock changes at midnight, one by half an hour, and one a quarter off", () => {
  // Cairo goes from 00:00 to 01:00 on the last Friday of April.
  const cairo = { ...DAILY, timeZone: "Africa/Cairo", from: 0, to: 2 * 60 };
  assert.deepEqual(spansOf(cairo, "2026-04-23T20:00Z", "2026-04-24T20:00Z"), ["04-23 22:00 – 04-23 23:00"]);
  // Lord Howe goes back from 02:00 to 01:30.
  const lordHowe = { ...DAILY, timeZone: "Australia/Lord_Howe", from: 60, to: 2 * 60 };
  assert.deepEqual(spansOf(lordHowe, "2026-04-04T12:00Z", "2026-04-05T12:00Z"), [
    "04-04 14:00 – 04-04 15:30",
  ]);
  const kathmandu = { ...DAILY, timeZone: "Asia/Kathmandu", from: 9 * 60, to: 10 * 60 };
  assert.deepEqual(spansOf(kathmandu, "2026-01-05T00:00Z", "2026-01-06T00:00Z"), [
    "01-05 03:15 – 01-05 04:15",
  ]);
});

const ZONES = [
  "UTC",
  "America/New_York",
  "Europe/Berlin",
  "Africa/Cairo",
  "Australia/Lord_Howe",
  "Asia/Kathmandu",
  "America/St_Johns",
  "Pacific/Apia",
  "America/Havana",
  "Africa/Casablanca",
];

/** The definition, slow and from another source: what the clock on the wall there shows. */
function isOpenOnTheWall({ timeZone, days, from, to }: UsageHours, at: EpochMs): boolean {
  const format = new Intl.DateTimeFormat("en-GB", {
    timeZone,
    weekday: "short",
    hour: "2-digit",
    minute: "2-digit",
    hourCycle: "h23",
  });
  const parts = Object.fromEntries(format.formatToParts(at).map(({ type, value }) => [type, value]));
  const minute = Number(parts.hour) * 60 + Number(parts.minute);
  const today = WEEKDAYS.indexOf(parts.weekday?.toLowerCase() as Weekday);
  const isDay = (index: number) => days.some((day) => WEEKDAYS[(index + 7) % 7] === day);
  if (to > from) return isDay(today) && minute >= from && minute < to;
  return (isDay(today) && minute >= from) || (isDay(today - 1) && minute < to);
}

test("in any zone, at any minute, the hours are those of the clock on the wall", () => {
  const hours = fc.record({
    timeZone: fc.constantFrom(...ZONES),
    days: fc.subarray([...WEEKDAYS], { minLength: 1 }),
    from: fc.integer({ min: 0, max: 1439 }),
    to: fc.integer({ min: 1, max: 1440 }),
  });
  const year = fc.integer({ min: Date.UTC(2024, 0) / MINUTE, max: Date.UTC(2028, 0) / MINUTE });
  fc.assert(
    fc.property(hours, year, (open, minute) => {
      fc.pre(open.from !== open.to);
      const at = minute * MINUTE;
      assert.equal(usageClock(open)(at), isOpenOnTheWall(open, at));
    }),
    { numRuns: 300, seed: 1 },
  );
});

test("every quarter of an hour of a year's odd days", () => {
  for (const timeZone of ZONES) {
    const open = { ...DAILY, timeZone, from: 90, to: 23 * 60 + 30, days: ["sat", "sun"] } as const;
    const inHours = usageClock(open);
    for (const day of [
      Date.UTC(2026, 2, 7),
      Date.UTC(2026, 2, 28),
      Date.UTC(2026, 9, 31),
      Date.UTC(2026, 3, 4),
    ]) {
      for (let at = day; at < day + 2 * DAY; at += HOUR / 4) {
        assert.equal(inHours(at), isOpenOnTheWall(open, at), `${timeZone} ${new Date(at).toISOString()}`);
      }
    }
  }
});

test("a clock may be asked backwards", () => {
  const inHours = usageClock(DAILY);
  const noon = Date.UTC(2026, 0, 10, 17);
  assert.deepEqual([noon, noon - 12 * HOUR, noon - 90 * DAY, noon].map(inHours), [true, false, true, true]);
});
