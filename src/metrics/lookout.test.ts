import assert from "node:assert/strict";
import { test } from "node:test";
import { DAY, instantAt, MINUTE, SECOND } from "../model/time.ts";
import { createLookout } from "./lookout.ts";

const NOON = Date.parse("2026-11-23T12:00:00Z");

for (const [what, from, to] of [
  ["on a whole minute, which is asked about once", NOON - 30 * MINUTE, NOON],
  ["between two minutes", NOON - 30 * MINUTE, NOON + 7 * SECOND],
  ["of a month, between its steps", NOON - 30 * DAY, NOON + MINUTE],
  ["of a span that holds no whole minute", NOON + SECOND, NOON + 20 * SECOND],
] as const) {
  test(`the instant that is judged last is among those that are looked at: ${what}`, () => {
    const instants = createLookout({ from, to }).flatMap((grid) =>
      Array.from({ length: grid.count }, (_, index) => instantAt(grid, index)),
    );
    assert.equal(instants.at(-1), to);
    assert.equal(new Set(instants).size, instants.length);
    assert.ok(instants.length <= 61);
  });
}
