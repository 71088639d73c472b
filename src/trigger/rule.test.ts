import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { type EpochMs, instantAt, MINUTE } from "../model/time.ts";
import type { Rule } from "../model/trigger.ts";
import { WEEKDAYS } from "../model/usageHours.ts";
import { backtest } from "./backtest.ts";
import { decide } from "./decide.ts";
import { usageClock } from "./hours.ts";
import { judgeOf } from "./judge.ts";
import { replay } from "./replay.ts";
import { type Reader, seatReaders } from "./seats.ts";
import { advance, initialState, type Observation, type RuleState } from "./state.ts";

/** The rule as a whole, over rows of letters: `.` calm, `w` above Watch, `A` above Act, `?` unknown, `!` a failed query. */

const START: EpochMs = Date.UTC(2026, 0, 5, 12);
const ALWAYS = { timeZone: "UTC", days: WEEKDAYS, from: 0, to: 1440 } as const;
const LETTERS: Readonly<Record<string, Observation>> = {
  ".": { watch: "no", act: "no" },
  w: { watch: "yes", act: "no" },
  A: { watch: "yes", act: "yes" },
  "?": { watch: "unknown", act: "unknown" },
  "!": "failed",
};

function ruleOf(count: number, changes: Partial<Rule["trigger"]> = {}, unable: readonly number[] = []): Rule {
  return {
    trigger: { atLeast: 2, sustainedMs: 3 * MINUTE, intervalMs: MINUTE, hours: ALWAYS, ...changes },
    signals: Array.from({ length: count }, (_, index) => ({
      id: `s${index}`,
      title: "",
      unit: "count",
      kind: "level",
      watch: 1,
      act: unable.includes(index) ? null : 2,
      relief: { secondNode: "yes", otherwise: "" },
    })),
  };
}

/** The state at every minute, as the first letters of ok, watch, act, blind. */
function statesOf(rows: readonly string[], rule = ruleOf(rows.length), minutes?: readonly number[]): string {
  const inHours = usageClock(rule.trigger.hours);
  let state = initialState(rows.length);
  const answers = Array.from(rows[0] ?? "", (_, index) => {
    const at = START + (minutes?.[index] ?? index) * MINUTE;
    const observations = rows.map((row) => LETTERS[row[index] ?? ""] ?? "failed");
    state = advance(rule.trigger, state, { at, inHours: inHours(at), observations });
    return decide(rule, state).state[0];
  });
  return answers.join("");
}

test("sustained for three minutes is the fourth evaluation in a row, and the first miss ends it", () => {
  assert.equal(statesOf(["AAAAA.", "AAAAA."]), "oooaao");
  assert.equal(statesOf(["wwwww.", "......"]), "ooowwo");
});

test("each of two signals must have held itself; pairs do not change within a stretch", () => {
  assert.equal(statesOf(["AAA...", "...AAA", "AAAAAA"]), "ooowww");
});

test("Act counts for Watch, also when it was reached on the way", () => {
  assert.equal(statesOf(["wwAA", "...."]), "ooow");
  assert.equal(statesOf(["AAAA", "wwww"]), "ooow");
});

test("unknown ends a run, a failed query leaves it as it is", () => {
  assert.equal(statesOf(["AA?AAAA", "AAAAAAA", "......."]), "ooowwwa");
  assert.equal(statesOf(["AA!A", "AAAA"]), "oooa");
  assert.equal(statesOf(["AAA!!!!.", "AAAAAAA."]), "ooowwwwo", "a failure does not make it longer either");
  assert.equal(statesOf(["AAAA!!!", "AAAA!!!"]), "oooaaaa");
});

test("an instant that was skipped is no yes, and one that is repeated is ignored", () => {
  assert.equal(statesOf(["AAAA", "AAAA"], undefined, [0, 1, 3, 4]), "oooo");
  assert.equal(statesOf(["AAAA", "AAAA"], undefined, [0, 1, 1, 2]), "oooo");
  assert.equal(statesOf(["AAAA.", "AAAA."], undefined, [0, 1, 2, 3, 3]), "oooaa");
});

test("blind when fewer than atLeast signals that can reach Act have data", () => {
  assert.equal(statesOf(["?.", "..", "??"]), "bo");
  assert.equal(statesOf(["..", ".."], ruleOf(2, {}, [1])), "bb", "what cannot reach Act cannot help");
  assert.equal(statesOf([".!", ".!"]), "oo", "a failed query does not make it blind");
  assert.equal(statesOf(["wwww?", "????."]), "bbbbb", "and one at Watch does not hide it");
});

test("a missing signal costs only itself", () => {
  assert.equal(statesOf(["AAAA", "AAAA", "????", "!!!!"]), "oooa");
});

test("outside usage hours nothing counts, and opening begins anew", () => {
  const hours = { ...ALWAYS, from: 12 * 60 + 2, to: 12 * 60 + 8 };
  assert.equal(statesOf(["AAAAAAAAAA", "AAAAAAAAAA"], ruleOf(2, { hours })), "oooooaaaoo");
  assert.equal(statesOf(["AAAAAA!!!A", "AAAAAA!!!A"], ruleOf(2, { hours })), "oooooaaaoo");
});

const worlds = fc.record({
  rows: fc.array(
    fc.string({ unit: fc.constantFrom("0", "1", "2", "3", "3", "3", "n"), minLength: 1, maxLength: 120 }),
    {
      minLength: 1,
      maxLength: 5,
    },
  ),
  failed: fc.nat(8),
  atLeast: fc.integer({ min: 1, max: 3 }),
  sustained: fc.integer({ min: 1, max: 6 }),
  isOpenLate: fc.boolean(),
});

test("batch and streaming are the same, with the state through JSON and every instant told twice", () => {
  fc.assert(
    fc.property(worlds, ({ rows, failed, atLeast, sustained, isOpenLate }) => {
      const hours = isOpenLate ? { ...ALWAYS, from: 12 * 60 + 20, to: 13 * 60 + 10 } : ALWAYS;
      const rule = ruleOf(rows.length, { atLeast, sustainedMs: sustained * MINUTE, hours });
      const readers: readonly Reader[] = rule.signals.map((signal) => ({
        id: signal.id,
        instrument: { signal, source: "", columns: [{ expr: "", bound: null }] },
      }));
      const count = Math.max(...rows.map((row) => row.length));
      const grid = { from: START, step: MINUTE, count };
      const columns = rows.map((row) =>
        Float64Array.from({ length: count }, (_, index) => Number(row[index] ?? "n")),
      );
      const failures = new Set([failed]);
      const batch: RuleState[] = [];
      replay(rule.trigger, readers, { grid, columns }, (_, state) => batch.push(state), failures);

      const inHours = usageClock(hours);
      const judges = seatReaders(readers).map(({ instrument, offset }) =>
        instrument === null ? assert.fail() : judgeOf(instrument, offset),
      );
      let state = initialState(rows.length);
      for (let index = 0; index < count; index++) {
        const at = instantAt(grid, index);
        const row = columns.map((column) => column[index] ?? Number.NaN);
        const observations = judges.map((judge, column) => (failures.has(column) ? "failed" : judge(row)));
        for (const _ of [1, 2]) {
          state = advance(rule.trigger, JSON.parse(JSON.stringify(state)) as RuleState, {
            at,
            inHours: inHours(at),
            observations,
          });
        }
        assert.deepEqual(batch[index], state, `evaluation ${index}`);
      }

      const report = backtest(rule, readers, { grid, columns }, START, failures);
      const acting = batch.map((each) => decide(rule, each).state === "act");
      const inEpisode = acting.map((_, index) => {
        const at = instantAt(grid, index);
        return report.episodes.some(({ from, to }) => at >= from && (to === null || at < to));
      });
      assert.deepEqual(inEpisode, acting);
    }),
    { numRuns: 600, seed: 2 },
  );
});

test("a backtest tells episodes, coverage and what came near", () => {
  const rule = ruleOf(2);
  const [first, second] = ["AAAAA..AAA..", "AAAAA..AA??."];
  const values = { ".": 0, A: 3, "?": Number.NaN } as Readonly<Record<string, number>>;
  const columns = [first, second].map((row) => Float64Array.from(row ?? "", (letter) => values[letter] ?? 0));
  const readers = rule.signals.map((signal) => ({
    id: signal.id,
    instrument: { signal, source: "", columns: [{ expr: "", bound: null }] },
  }));
  const report = backtest(rule, readers, { grid: { from: START, step: MINUTE, count: 12 }, columns }, START);
  const minute = (at: EpochMs | null) => (at === null ? null : (at - START) / MINUTE);
  assert.deepEqual(
    report.episodes.map(({ from, to, signals }) => [minute(from), minute(to), signals]),
    [[3, 5, ["s0", "s1"]]],
  );
  assert.deepEqual(
    report.signals.map(({ coverage, act }) => [
      coverage,
      act.map(({ from, to }) => [minute(from), minute(to)]),
    ]),
    [
      [1, [[3, 5]]],
      [10 / 12, [[3, 5]]],
    ],
  );
  assert.deepEqual(
    report.nearest.map(({ at, score }) => [minute(at), score]),
    [[8, 1 / 3]],
  );
});

test("what is sustained when the range begins is seen from its first evaluation on", () => {
  const rule = ruleOf(1, { atLeast: 1 });
  const [signal] = rule.signals;
  const readers = [
    {
      id: "s0",
      instrument: signal === undefined ? null : { signal, source: "", columns: [{ expr: "", bound: null }] },
    },
  ];
  const history = { grid: { from: START, step: MINUTE, count: 10 }, columns: [new Float64Array(10).fill(9)] };
  const { episodes, evaluations } = backtest(rule, readers, history, START + 5 * MINUTE);
  assert.equal(evaluations, 5);
  assert.deepEqual(episodes, [{ from: START + 5 * MINUTE, to: null, signals: ["s0"] }]);
});
