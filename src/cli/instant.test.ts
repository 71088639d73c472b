import assert from "node:assert/strict";
import { test } from "node:test";
import { OutgrowError } from "../model/error.ts";
import { checkRange, parseInstant } from "./instant.ts";

const now = Date.UTC(2026, 10, 23, 12);
const parse = (text: string) => new Date(parseInstant("from", text, now, "America/New_York")).toISOString();

test("instants may be absolute, on the wall clock, or ago", () => {
  assert.equal(parse("now"), "2026-11-23T12:00:00.000Z");
  assert.equal(parse("30d"), "2026-10-24T12:00:00.000Z");
  assert.equal(parse("90m"), "2026-11-23T10:30:00.000Z");
  assert.equal(parse("2w"), "2026-11-09T12:00:00.000Z");
  assert.equal(parse("2026-11-23T14:00:00Z"), "2026-11-23T14:00:00.000Z");
  assert.equal(parse("2026-11-23T14:00:00+01:00"), "2026-11-23T13:00:00.000Z");
  assert.equal(parse("2026-11-23"), "2026-11-23T05:00:00.000Z");
  assert.equal(parse("2026-07-01T08:00"), "2026-07-01T12:00:00.000Z");
});

for (const text of ["yesterday", "2026-13-01", "30", "5y", "", "2026-02-30"]) {
  test(`refused: ${JSON.stringify(text)}`, () => {
    assert.throws(
      () => parse(text),
      (error) =>
        error instanceof OutgrowError &&
        error.message === `--from ${text} is not an instant.` &&
        error.hint === "Write 2026-11-23, 2026-11-23T14:00:00Z, or 30d for thirty days ago.",
    );
  });
}

test("a range ends after it begins, and not in the future", () => {
  assert.throws(() => checkRange(now, now - 1000, now), {
    message: "--from 2026-11-23T12:00:00.000Z is not before --to 2026-11-23T11:59:59.000Z.",
    hint: "Swap the two.",
  });
  assert.throws(() => checkRange(now, now + 60_000, now), {
    message: "--to 2026-11-23T12:01:00.000Z lies in the future.",
    hint: "History ends now: leave --to out.",
  });
  assert.doesNotThrow(() => checkRange(now - 1, now, now));
});
