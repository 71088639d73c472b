import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { MINUTE } from "../model/time.ts";
import { chunks } from "./chunks.ts";
import { collectSeries, parseSample, readInstant } from "./samples.ts";

const GRID = { from: 10 * MINUTE, step: MINUTE, count: 4 };
const matrix = (...result: unknown[]) => ({ resultType: "matrix", result });

function collected(...answers: unknown[]) {
  const series = collectSeries(GRID);
  for (const answer of answers) series.add(answer, "http://p/api");
  return series.finish().map(({ labels, values }) => [labels, [...values]]);
}

test("numbers are written as Go writes them", () => {
  const texts = ["1.5", "-2", "1e+06", "4.9e-324", "NaN", "+Inf", "Inf", "-Inf"];
  const numbers = [1.5, -2, 1e6, 4.9e-324, Number.NaN, Infinity, Infinity, -Infinity];
  assert.deepEqual(texts.map(parseSample), numbers);
  assert.deepEqual(["", " ", "abc", 5, null, undefined].map(parseSample), [
    null,
    null,
    null,
    null,
    null,
    null,
  ]);
});

test("samples land on the grid, NaN stands where there is none", () => {
  const a = {
    metric: { job: "a" },
    values: [
      [600, "1"],
      [720, "NaN"],
      [780, "4"],
    ],
  };
  assert.deepEqual(collected(matrix(a)), [[{ job: "a" }, [1, Number.NaN, Number.NaN, 4]]]);
  assert.deepEqual(collected(matrix()), []);
});

test("chunks of one series are joined by labels, in whatever order the labels come", () => {
  const first = { metric: { a: "1", b: "2" }, values: [[600, "1"]] };
  const second = { metric: { b: "2", a: "1" }, values: [[780, "2"]] };
  const other = { metric: { a: "1" }, values: [[660, "3"]] };
  assert.deepEqual(collected(matrix(first), matrix(second, other)), [
    [{ a: "1", b: "2" }, [1, Number.NaN, Number.NaN, 2]],
    [{ a: "1" }, [Number.NaN, 3, Number.NaN, Number.NaN]],
  ]);
});

test("a series cut into chunks is the series", () => {
  const value = fc.option(fc.double({ noNaN: true }), { nil: null });
  const span = fc.tuple(fc.array(value, { maxLength: 60 }), fc.integer({ min: 1, max: 20 }));
  fc.assert(
    fc.property(span, ([values, limit]) => {
      const grid = { from: 600_000, step: 15_000, count: values.length };
      const series = collectSeries(grid);
      for (const part of chunks(grid, limit)) {
        const first = (part.from - grid.from) / grid.step;
        const pairs = Array.from({ length: part.count }, (_, index) => [
          (part.from + index * part.step) / 1000,
          values[first + index],
        ]).filter(([, sample]) => sample !== null);
        const texts = pairs.map(([at, sample]) => [at, goNumber(Number(sample))]);
        if (texts.length > 0) series.add(matrix({ metric: {}, values: texts }), "");
      }
      const [joined] = series.finish();
      const wanted = values.map((sample) => sample ?? Number.NaN);
      assert.deepEqual([...(joined?.values ?? wanted)], wanted);
    }),
  );
});

const goNumber = (value: number) => {
  if (Number.isFinite(value)) return Object.is(value, -0) ? "-0" : String(value);
  return value > 0 ? "+Inf" : "-Inf";
};

test("instant vectors and scalars", () => {
  const vector = { resultType: "vector", result: [{ metric: { le: "1.0" }, value: [600, "0.5"] }] };
  assert.deepEqual(readInstant(vector, ""), [{ labels: { le: "1.0" }, value: 0.5 }]);
  assert.deepEqual(readInstant({ resultType: "scalar", result: [600, "3"] }, ""), [{ labels: {}, value: 3 }]);
});

test("what is not promised is refused in one sentence", () => {
  const sends = (what: string) => ({ code: "bad-answer", message: `http://p/api sends ${what}.` });
  const wrong = (data: unknown, what: string) => assert.throws(() => collected(data), sends(what));
  wrong(null, "something else than a matrix");
  wrong({ resultType: "vector", result: [] }, "something else than a matrix");
  wrong({ resultType: "matrix", result: {} }, "something else than a matrix");
  wrong(matrix(1), "a matrix with something else than series in it");
  wrong(matrix({ values: [] }), "a series without labels");
  wrong(matrix({ metric: { job: 1 }, values: [] }), "a label job that is no text");
  wrong(matrix({ metric: {} }), "a series without values");
  wrong(matrix({ metric: {}, values: [[600, 1]] }), "a sample that is no number");
  wrong(matrix({ metric: {}, values: [["600", "1"]] }), "a sample that is no number");
  wrong(matrix({ metric: {}, values: [[600, ""]] }), "a sample that is no number");
  wrong(matrix({ metric: {}, values: [null] }), "a sample that is no number");
  for (const at of [540, 840, 630, 600.5]) {
    wrong(matrix({ metric: {}, values: [[at, "1"]] }), "values for instants nobody asked for");
  }
});

test("native histograms where numbers are needed name the remedy", () => {
  assert.throws(() => collected(matrix({ metric: {}, histograms: [] })), {
    code: "bad-query",
    message: "http://p/api answers with histograms where numbers are needed.",
    hint: "Wrap the expression in histogram_quantile(), histogram_fraction() or histogram_count().",
  });
});
