import assert from "node:assert/strict";
import { test } from "node:test";
import type { SignalRule } from "../model/signal.ts";
import {
  areMillisecondDefaults,
  bracket,
  commonBounds,
  judgedBounds,
  parseBound,
  thresholdsOf,
} from "./bounds.ts";

const TRAEFIK = [0.1, 0.3, 1.2, 5];
const SDK = [0, 5, 10, 25, 50, 75, 100, 250, 500, 750, 1000, 2500, 5000, 7500, 10_000];

test("a bound is common only when every series has it, as +Inf shows", () => {
  const seriesPerBound = new Map([
    [Number.POSITIVE_INFINITY, 4],
    [1, 4],
    [0.1, 4],
    [0.5, 2],
  ]);
  assert.deepEqual(commonBounds(seriesPerBound), [0.1, 1]);
  assert.deepEqual(commonBounds(new Map()), []);
});

test("a bound of le is a number in any spelling", () => {
  assert.deepEqual(["0.5", "1", "1.0", "1e+00", "+Inf", "0"].map(parseBound), [
    0.5,
    1,
    1,
    1,
    Number.POSITIVE_INFINITY,
    0,
  ]);
  assert.deepEqual(["", " ", "NaN", "fast"].map(parseBound), [null, null, null, null]);
});

test("a threshold that is a bound is asked for itself, any other between its neighbours", () => {
  assert.deepEqual(bracket(1.2, TRAEFIK), [1.2]);
  assert.deepEqual(bracket(0.5, TRAEFIK), [0.3, 1.2]);
  assert.deepEqual(bracket(0.05, TRAEFIK), [0.1]);
  assert.deepEqual(bracket(10, TRAEFIK), [5]);
  assert.deepEqual(bracket(1, []), []);
});

test("bounds are asked for over all thresholds and all sets the histogram had, each once", () => {
  assert.deepEqual(judgedBounds([0.5, 1], [TRAEFIK]), [0.3, 1.2]);
  assert.deepEqual(judgedBounds([0.5, 1], [TRAEFIK, [0.1, 0.5, 1, 5]]), [0.3, 0.5, 1, 1.2]);
  assert.deepEqual(judgedBounds([0.5, 1], []), []);
});

test("a rule's thresholds are those it has, equal ones once", () => {
  const rule: SignalRule = {
    id: "latency-p95",
    title: "p95",
    unit: "seconds",
    kind: "quantile",
    quantile: 0.95,
    watch: 0.5,
    act: 1,
    relief: { secondNode: "partly", otherwise: "look" },
  };
  assert.deepEqual(thresholdsOf(rule), [0.5, 1]);
  assert.deepEqual(thresholdsOf({ ...rule, act: null }), [0.5]);
  assert.deepEqual(thresholdsOf({ ...rule, act: 0.5 }), [0.5]);
  assert.deepEqual(thresholdsOf({ ...rule, watch: null, act: null }), []);
});

test("the SDK's millisecond defaults are known in every version, with and without 0", () => {
  assert.equal(areMillisecondDefaults(SDK), true);
  assert.equal(areMillisecondDefaults(SDK.slice(1)), true);
  assert.equal(areMillisecondDefaults([0, 5, 10, 25, 50, 75, 100, 250, 500, 1000]), true);
});

test("buckets made for seconds are not mistaken for them", () => {
  assert.equal(areMillisecondDefaults(TRAEFIK), false);
  assert.equal(areMillisecondDefaults(SDK.map((bound) => bound / 1000)), false);
  assert.equal(areMillisecondDefaults([0.5, ...SDK]), false);
  assert.equal(areMillisecondDefaults([5, 30, 60, 120]), false);
  assert.equal(areMillisecondDefaults([]), false);
});
