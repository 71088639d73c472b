import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { DAY, type Grid, instantAt, MINUTE } from "../model/time.ts";
import { chunks } from "./chunks.ts";

const instants = (grid: Grid) => Array.from({ length: grid.count }, (_, index) => instantAt(grid, index));

test("30 days at one minute are four requests", () => {
  const grid = { from: 0, step: MINUTE, count: (30 * DAY) / MINUTE + 1 };
  assert.deepEqual(
    chunks(grid).map(({ from, count }) => [from / MINUTE, count]),
    [
      [0, 11_000],
      [11_000, 11_000],
      [22_000, 11_000],
      [33_000, 10_201],
    ],
  );
});

test("an empty grid asks nothing", () => {
  assert.deepEqual(chunks({ from: 0, step: MINUTE, count: 0 }), []);
});

test("every instant lies in exactly one chunk, in order, on the step, and no chunk is refused", () => {
  const grids = fc.record({
    from: fc.integer({ min: 0, max: 30_000_000 }).map((minutes) => minutes * MINUTE),
    step: fc.constantFrom(15_000, 30_000, MINUTE, 5 * MINUTE),
    count: fc.integer({ min: 0, max: 400 }),
  });
  fc.assert(
    fc.property(grids, fc.integer({ min: 1, max: 50 }), (grid, limit) => {
      const parts = chunks(grid, limit);
      assert.deepEqual(parts.flatMap(instants), instants(grid));
      assert.ok(parts.every(({ step, count }) => step === grid.step && count >= 1 && count <= limit));
    }),
  );
});
