import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { promtool } from "../../lab/promtool.ts";
import { tempFolder } from "../../lab/temp.ts";
import { tailShare } from "../trigger/judge.ts";
import type { Reading, Source } from "./definition.ts";
import { histogramSources } from "./histogram.ts";
import { selectWith } from "./promql.ts";

const HISTOGRAM = {
  id: "app",
  metric: "app_seconds",
  labels: { app: "web" },
  quantile: 0.95,
  minRequests: 30,
};

interface Sample {
  readonly labels: string;
  readonly value: number;
}

function sourceOf(kind: Reading["kind"]): Source {
  const source = histogramSources(selectWith({ cluster: "c" }), HISTOGRAM).find(
    ({ reading }) => reading.kind === kind,
  );
  assert.ok(source);
  return source;
}

function classic(): Extract<Reading, { kind: "buckets" }> {
  const { reading } = sourceOf("buckets");
  assert.ok(reading.kind === "buckets");
  return reading;
}

function native(): Extract<Reading, { kind: "native" }> {
  const { reading } = sourceOf("native");
  assert.ok(reading.kind === "native");
  return reading;
}

/** `counts` by `le`, a minute's worth each, with the labels of one pod. */
function bucketSeries(pod: string, counts: Readonly<Record<string, number>>) {
  return Object.entries(counts).map(([le, count]) => ({
    series: `app_seconds_bucket{cluster="c",app="web",pod="${pod}",le="${le}"}`,
    values: `0+${count}x60`,
  }));
}

/** What promtool says against `expr` being `samples` after half an hour; nothing when it is. */
async function complaint(
  expr: string,
  input_series: readonly object[],
  samples: readonly Sample[],
): Promise<string> {
  using folder = tempFolder("histogram");
  const file = join(folder.path, "test.json");
  const promql_expr_test = [{ expr, eval_time: "30m", exp_samples: samples }];
  writeFileSync(file, JSON.stringify({ tests: [{ interval: "1m", input_series, promql_expr_test }] }));
  const { code, stdout, stderr } = await promtool(["test", "rules", file]);
  return code === 0 ? "" : stdout + stderr;
}

test("exactly five in a hundred slower is not more than 5 %, whatever the amount", async () => {
  const tail = tailShare(0.95);
  for (const thousands of [0.06, 0.1, 0.7, 1, 3, 12.34]) {
    const series = bucketSeries("a", { 0.5: thousands * 950, "+Inf": thousands * 1000 });
    assert.equal(await complaint(`(${classic().share(0.5)}) > ${tail}`, series, []), "", `${thousands}`);
  }
});

test("one more is", async () => {
  const series = bucketSeries("a", { 0.5: 949, "+Inf": 1000 });
  const expr = `(${classic().share(0.5)}) > bool ${tailShare(0.95)}`;
  assert.equal(await complaint(expr, series, [{ labels: "{}", value: 1 }]), "");
});

test("promtool catches a share that is not the expected one", async () => {
  const series = bucketSeries("a", { 0.5: 949, "+Inf": 1000 });
  assert.match(await complaint(classic().share(0.5), series, [{ labels: "{}", value: 0.052 }]), /FAILED/);
});

test("the buckets shown are those that every pod has, in one spelling", async () => {
  const series = [
    ...bucketSeries("a", { 0.3: 30, 0.5: 60, "1.0": 90, 5: 120, "+Inf": 120 }),
    ...bucketSeries("b", { 0.3: 60, 1: 90, 5: 120, "+Inf": 120 }),
  ];
  assert.equal(
    await complaint(classic().rates, series, [
      { labels: '{le="0.3"}', value: 1.5 },
      { labels: '{le="5"}', value: 4 },
      { labels: '{le="+Inf"}', value: 4 },
    ]),
    "",
  );
});

test("a classic histogram as text", () => {
  const { id, needs, reading } = sourceOf("buckets");
  const all = 'app_seconds_bucket{cluster="c",app="web",le="+Inf"}';
  const fast = 'app_seconds_bucket{cluster="c",app="web",le=~"0\\\\.5|5e-01"}';
  assert.equal(id, "app");
  assert.deepEqual(needs, ['app_seconds_bucket{cluster="c",app="web"}']);
  assert.ok(reading.kind === "buckets");
  assert.equal(
    reading.share(0.5),
    `(round(1e9 * (1 - sum(rate(${fast}[5m])) / (sum(rate(${all}[5m])) > 0))) / 1e9` +
      ` and on () (sum(count_over_time(${fast}[5m])) == sum(count_over_time(${all}[5m]))))` +
      ` and on() (sum(increase(${all}[5m])) >= 30)`,
  );
});

/** Run by hand on Prometheus 2.42 with native histograms: promtool 2.42 cannot write one down. */
test("a native histogram as text", () => {
  const selector = 'app_seconds{cluster="c",app="web",quantile=""}';
  assert.deepEqual(sourceOf("native").needs, [selector]);
  assert.equal(
    native().share(0.5),
    `(round(1e9 * (1 - (histogram_fraction(0, 0.5, sum(rate(${selector}[5m]))) >= 0))) / 1e9)` +
      ` and on() (histogram_count(sum(increase(${selector}[5m]))) >= 30)`,
  );
  assert.equal(native().quantile, `histogram_quantile(0.95, sum(rate(${selector}[5m])))`);
});

test("a native histogram's expressions are PromQL that a classic one does not answer", async () => {
  const series = bucketSeries("a", { 0.5: 54, "+Inf": 60 });
  assert.equal(await complaint(native().share(0.5), series, []), "");
  assert.equal(await complaint(native().quantile, series, []), "");
});
