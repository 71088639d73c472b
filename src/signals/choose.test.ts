import assert from "node:assert/strict";
import { test } from "node:test";
import { chooseSource, coverage } from "./choose.ts";

test("a source covers the instants at which all its needs are there", () => {
  assert.equal(coverage([[true, true, false, true]]), 0.75);
  assert.equal(
    coverage([
      [true, true, false, true],
      [false, true, true, true],
    ]),
    0.5,
  );
});

test("a need that cannot be asked covers nothing", () => {
  assert.equal(coverage([[true, true], []]), 0);
  assert.equal(coverage([[], [true, true]]), 0);
  assert.equal(coverage([[]]), 0);
  assert.equal(coverage([]), 0);
});

test("the first of equals is read, and what is a restart behind still counts as equal", () => {
  assert.equal(chooseSource([1, 1]), 0);
  assert.equal(chooseSource([0.95, 1]), 0);
  assert.equal(chooseSource([0.94, 1]), 1);
  assert.equal(chooseSource([0.2, 0.9, 0.93]), 1);
});

test("a source without data is never read, not even beside one with hardly any", () => {
  assert.equal(chooseSource([0, 0.01]), 1);
  assert.equal(chooseSource([0, 0]), null);
  assert.equal(chooseSource([]), null);
});
