import assert from "node:assert/strict";
import { test } from "node:test";
import type { Instrument, SignalRule } from "../model/signal.ts";
import { isKnown, judgeOf } from "./judge.ts";

const BASE = { id: "x", title: "x", unit: "count", relief: { secondNode: "yes", otherwise: "" } } as const;

/** `watch act` of one instant. */
function judged(signal: SignalRule, bounds: readonly (number | null)[], values: readonly number[]): string {
  const instrument: Instrument = {
    signal,
    source: "x",
    columns: bounds.map((bound) => ({ expr: "", bound })),
  };
  const { watch, act } = judgeOf(instrument, 1)([99, ...values]);
  return `${watch} ${act}`;
}

test("a level is breached strictly above its threshold", () => {
  const level: SignalRule = { ...BASE, kind: "level", watch: 0.6, act: 0.8 };
  const answers = [0.6, 0.61, 0.8, 0.81, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY].map((value) =>
    judged(level, [null], [value]),
  );
  assert.deepEqual(answers, ["no no", "yes no", "yes no", "yes yes", "yes yes", "no no"]);
});

test("no data is unknown, never calm", () => {
  for (const kind of ["level", "event"] as const) {
    const signal = { ...BASE, kind, watch: 1, act: 2, windowMs: 1 } as SignalRule;
    assert.equal(judged(signal, [null], [Number.NaN]), "unknown unknown");
    assert.equal(judged(signal, [null], []), "unknown unknown");
  }
});

test("events count from the threshold on", () => {
  const event: SignalRule = { ...BASE, kind: "event", watch: 1, act: 3, windowMs: 1 };
  const answers = [0, 1, 2, 3].map((value) => judged(event, [null], [value]));
  assert.deepEqual(answers, ["no no", "yes no", "yes no", "yes yes"]);
});

test("a threshold that a signal does not have is never breached", () => {
  const event: SignalRule = { ...BASE, kind: "event", watch: 1, act: null, windowMs: 1 };
  assert.equal(judged(event, [null], [9]), "yes no");
  const level: SignalRule = { ...BASE, kind: "level", watch: null, act: 1 };
  assert.equal(judged(level, [null], [9]), "no yes");
});

const P95: SignalRule = { ...BASE, kind: "quantile", quantile: 0.95, watch: 0.5, act: 1 };

test("a quantile is judged by the share that is slower than the threshold", () => {
  assert.equal(judged(P95, [0.5, 1], [0.05, 0]), "no no", "exactly five in a hundred is not more");
  assert.equal(judged(P95, [0.5, 1], [0.051, 0]), "yes no");
  assert.equal(judged(P95, [0.5, 1], [0.2, 0.051]), "yes yes");
});

test("Traefik's default buckets prove only what lies outside 0.3 to 1.2 s", () => {
  assert.equal(judged(P95, [0.3, 1.2], [0.01, 0]), "no no");
  assert.equal(judged(P95, [0.3, 1.2], [0.2, 0.01]), "unknown unknown");
  assert.equal(judged(P95, [0.3, 1.2], [0.2, 0.06]), "yes yes");
});

test("one threshold may be known without the other", () => {
  assert.equal(judged(P95, [0.5, 1.2], [0.2, 0.01]), "yes unknown");
  assert.equal(judged(P95, [0.5], [0.01]), "no no", "what is below Watch is below Act");
  assert.equal(judged(P95, [0.5, 1], [Number.NaN, 0.06]), "yes yes", "what is above Act is above Watch");
  assert.equal(judged(P95, [0.5, 1], [Number.NaN, 0]), "unknown no");
  assert.equal(isKnown({ watch: "unknown", act: "no" }), true);
});

test("a quantile's own query is judged as a level", () => {
  assert.equal(judged(P95, [null], [0.7]), "yes no");
});
