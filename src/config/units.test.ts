import assert from "node:assert/strict";
import { test } from "node:test";
import { parseBytes, parseClock, parseDuration, parseEvents, parsePercent } from "./units.ts";

const TABLES: readonly (readonly [string, (text: string) => unknown, Readonly<Record<string, unknown>>])[] = [
  [
    "durations in milliseconds",
    parseDuration,
    {
      "500ms": 500,
      "0.5s": 500,
      "30 s": 30_000,
      "2min": 120_000,
      "2 m": 120_000,
      "1h 30m": 5_400_000,
      "1d": 86_400_000,
    },
  ],
  [
    "no durations",
    parseDuration,
    { "": null, "30": null, "30x": null, m: null, "-5m": null, "5m!": null, "1h30": null, "1,5h": null },
  ],
  [
    "percentages as ratios",
    parsePercent,
    { "60%": 0.6, "0.1 %": 0.001, "0%": 0, "33.3%": 0.333, "7%": 0.07 },
  ],
  ["no percentages", parsePercent, { "60": null, "%": null, "-1%": null, "6 0%": null, "1e2%": null }],
  [
    "sizes in bytes",
    parseBytes,
    { "1GiB": 1_073_741_824, "1Gi": 1_073_741_824, "512 MiB": 536_870_912, "1.5kB": 1_500 },
  ],
  ["no sizes", parseBytes, { "1": null, "1 GBs": null, GiB: null, "1gib": null }],
  [
    "events in a window",
    parseEvents,
    { "1 per 60m": { count: 1, windowMs: 3_600_000 }, "3 in 2h": { count: 3, windowMs: 7_200_000 } },
  ],
  [
    "no events",
    parseEvents,
    { "1": null, "1 per": null, "1.5 per 60m": null, "one per 60m": null, "1 per hour": null },
  ],
  [
    "times of day in minutes",
    parseClock,
    { "08:00": 480, "8:00": 480, "00:00": 0, "24:00": 1440, "23:59": 1439 },
  ],
  ["no times of day", parseClock, { "24:01": null, "8": null, "08:60": null, "08:5": null, "8am": null }],
];

for (const [name, parse, table] of TABLES) {
  test(name, () => {
    for (const [text, expected] of Object.entries(table)) assert.deepEqual(parse(text), expected, text);
  });
}
