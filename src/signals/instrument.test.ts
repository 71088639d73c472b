import assert from "node:assert/strict";
import { test } from "node:test";
import type { SignalRule } from "../model/signal.ts";
import type { BoundSet } from "./bounds.ts";
import type { Source } from "./definition.ts";
import { ownInstrument, sourceInstrument } from "./instrument.ts";
import { traefikBucketFix } from "./traefik.ts";

const RULE: SignalRule = {
  id: "latency-p95",
  title: "p95 of web's answer times",
  unit: "seconds",
  kind: "quantile",
  quantile: 0.95,
  watch: 0.5,
  act: 1,
  relief: { secondNode: "partly", otherwise: "look at the slowest requests first" },
};
const HISTOGRAM: Source = {
  id: "app",
  needs: ["app_bucket"],
  reading: {
    kind: "buckets",
    bucketSelector: "app_bucket",
    share: (bound) => `share above ${bound}`,
    rates: "rates of app",
  },
};
const NATIVE: Source = {
  id: "app-native",
  needs: ["app"],
  reading: { kind: "native", share: (bound) => `share above ${bound}`, quantile: "p95 of app" },
};
const TRAEFIK: BoundSet = [0.1, 0.3, 1.2, 5];
const FIT: BoundSet = [0.1, 0.25, 0.5, 1, 2, 5];
const SDK: BoundSet = [0, 5, 10, 25, 50, 75, 100, 250, 500, 750, 1000, 2500, 5000, 7500, 10_000];

function caveatOf(source: Source, sets: readonly BoundSet[], signal = RULE): string | undefined {
  return sourceInstrument(signal, source, sets)?.caveat;
}

test("a value is one column", () => {
  const mean: Source = {
    id: "mean",
    needs: ["m"],
    reading: { kind: "value", expr: "m" },
    caveat: "a mean, not a p95",
  };
  assert.deepEqual(sourceInstrument(RULE, mean, []), {
    signal: RULE,
    source: "mean",
    columns: [{ expr: "m", bound: null }],
    caveat: "a mean, not a p95",
  });
});

test("one's own expression is the value itself", () => {
  assert.deepEqual(ownInstrument(RULE, "x"), {
    signal: RULE,
    source: "your expression",
    columns: [{ expr: "x", bound: null }],
  });
});

test("a histogram that has the thresholds is asked for them and needs no caveat", () => {
  assert.deepEqual(sourceInstrument(RULE, HISTOGRAM, [FIT]), {
    signal: RULE,
    source: "app",
    columns: [
      { expr: "share above 0.5", bound: 0.5 },
      { expr: "share above 1", bound: 1 },
    ],
    detail: "rates of app",
  });
});

test("a native histogram is asked for the thresholds, whatever its buckets", () => {
  assert.deepEqual(sourceInstrument({ ...RULE, watch: 1, act: 0.5 }, NATIVE, []), {
    signal: { ...RULE, watch: 1, act: 0.5 },
    source: "app-native",
    columns: [
      { expr: "share above 0.5", bound: 0.5 },
      { expr: "share above 1", bound: 1 },
    ],
    detail: "p95 of app",
  });
});

test("a histogram without any bound says nothing", () => {
  assert.equal(sourceInstrument(RULE, HISTOGRAM, [[]]), null);
  assert.equal(sourceInstrument(RULE, HISTOGRAM, []), null);
});

test("unfit buckets are asked around the thresholds, and the caveat says what to add", () => {
  const instrument = sourceInstrument(RULE, HISTOGRAM, [TRAEFIK]);
  assert.deepEqual(
    instrument?.columns.map(({ bound }) => bound),
    [0.3, 1.2],
  );
  assert.equal(
    instrument?.caveat,
    "the histogram has no bucket at 500 ms and 1 s: between its neighbours it cannot be told; add 0.5 and 1 to its buckets",
  );
});

test("a bucket that lacks one threshold names that one", () => {
  assert.equal(
    caveatOf(HISTOGRAM, [[0.1, 0.5, 2.5]]),
    "the histogram has no bucket at 1 s: between its neighbours it cannot be told; add 1 to its buckets",
  );
});

test("Traefik's fix is the whole setting, with the user's own thresholds in it", () => {
  const traefik = { ...HISTOGRAM, boundsFix: traefikBucketFix };
  assert.equal(
    caveatOf(traefik, [TRAEFIK], { ...RULE, watch: 0.75 }),
    "the histogram has no bucket at 750 ms and 1 s: between its neighbours it cannot be told; " +
      'in k3s: HelmChartConfig "traefik" in kube-system, valuesContent: ' +
      "'metrics: { prometheus: { buckets: \"0.1,0.25,0.5,0.75,1,2,5\" } }'",
  );
});

test("buckets that were mended say since when they can be believed", () => {
  assert.equal(
    caveatOf(HISTOGRAM, [TRAEFIK, FIT]),
    "the histogram has had a bucket at 500 ms and 1 s for part of the time only: before, it cannot always be told",
  );
});

test("buckets that were spoilt are missing now", () => {
  assert.equal(
    caveatOf(HISTOGRAM, [FIT, TRAEFIK]),
    "the histogram has no bucket at 500 ms and 1 s: between its neighbours it cannot be told; add 0.5 and 1 to its buckets",
  );
});

test("seconds in the SDK's millisecond buckets are told apart from merely unfit ones", () => {
  assert.equal(
    caveatOf(HISTOGRAM, [SDK]),
    "the histogram counts seconds in the OpenTelemetry SDK's default buckets, which are made for milliseconds (0, 5, 10, 25, …): " +
      "nothing faster than 5 s can be told apart; give the SDK a View with buckets in seconds (0.005, 0.01, …, 10)",
  );
});

test("a source's own caveat comes first", () => {
  assert.equal(
    caveatOf({ ...HISTOGRAM, caveat: "a router's view" }, [TRAEFIK]),
    "a router's view; the histogram has no bucket at 500 ms and 1 s: between its neighbours it cannot be told; add 0.5 and 1 to its buckets",
  );
});
