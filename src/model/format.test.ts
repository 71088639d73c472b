import assert from "node:assert/strict";
import { test } from "node:test";
import { formatBytes, formatDuration, formatInterval, formatValue } from "./format.ts";
import { DAY, HOUR, MINUTE, SECOND } from "./time.ts";

test("durations", () => {
  assert.equal(formatDuration(0), "0 s");
  assert.equal(formatDuration(59_999), "59 s");
  assert.equal(formatDuration(47 * MINUTE + 59 * SECOND), "47 min");
  assert.equal(formatDuration(HOUR), "1 h");
  assert.equal(formatDuration(HOUR + 5 * MINUTE), "1 h 05 min");
  assert.equal(formatDuration(3 * DAY + 4 * HOUR), "3 d 4 h");
});

test("sizes", () => {
  const sizes = [
    0, 512, 999, 1_000, 8_192, 9_960, 999_499, 999_500, 412e6, 1.2e9, 1.04e9, 41.6e9, 3e12, 5e15,
  ];
  assert.deepEqual(sizes.map(formatBytes), [
    "0 B",
    "512 B",
    "999 B",
    "1 kB",
    "8.2 kB",
    "10 kB",
    "999 kB",
    "1 MB",
    "412 MB",
    "1.2 GB",
    "1 GB",
    "42 GB",
    "3 TB",
    "5000 TB",
  ]);
});

test("values carry their unit", () => {
  assert.equal(formatValue("ratio", 0.914), "91.4 %");
  assert.equal(formatValue("ratio", 0.0015), "0.15 %");
  assert.equal(formatValue("ratio", 1), "100 %");
  assert.equal(formatValue("seconds", 0.5), "500 ms");
  assert.equal(formatValue("seconds", 1.2), "1.2 s");
  assert.equal(formatValue("seconds", 192), "3m 12s");
  assert.equal(formatValue("seconds", 120), "2m");
  assert.equal(formatValue("count", 42), "42");
});

test("intervals say only what is known", () => {
  assert.equal(formatInterval("seconds", 0.3, 1.2), "300 ms … 1.2 s");
  assert.equal(formatInterval("seconds", 0, 0.1), "≤ 100 ms");
  assert.equal(formatInterval("seconds", 5, Number.POSITIVE_INFINITY), "> 5 s");
  assert.equal(formatInterval("seconds", 0, Number.POSITIVE_INFINITY), "–");
});
