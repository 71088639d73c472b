import assert from "node:assert/strict";
import { test } from "node:test";
import type { TableCopy } from "../../model/progress.ts";
import { copyNews, createRate } from "./copyMeter.ts";

const TABLES: readonly TableCopy[] = [
  { table: "public.orders", state: "copying", rows: 120_000, bytes: 45e6, ofBytes: 900e6 },
  { table: "public.photos", state: "waiting", rows: null, bytes: null, ofBytes: 100e6 },
  { table: "public.users", state: "copied", rows: null, bytes: 5e6, ofBytes: 5e6 },
];

test("tables, bytes, rate, expected end, and which table is under way", () => {
  assert.deepEqual(copyNews(TABLES, 9_600, ["failed once"]), {
    kind: "progress",
    text: "1/3 tables copied · 50 of 1005 MB · 9.6 MB/s · 1 min left · public.orders under way: 120000 rows, 45 MB · failed once",
    share: 50e6 / 1005e6,
    tables: TABLES,
  });
});

test("no rate is made up: none at first, and none while nothing comes", () => {
  for (const rate of [null, 0]) {
    const news = copyNews(TABLES, rate, []);
    assert.equal(
      news.kind === "progress" && news.text,
      "1/3 tables copied · 50 of 1005 MB · public.orders under way: 120000 rows, 45 MB",
    );
  }
});

test("rows as text that are more than their table took are not more than all of it", () => {
  const news = copyNews([{ table: "t", state: "copying", rows: 1, bytes: 30e6, ofBytes: 20e6 }], null, []);
  assert.deepEqual(news.kind === "progress" && [news.text, news.share], [
    "0/1 tables copied · 20 of 20 MB · t under way: 1 rows, 30 MB",
    1,
  ]);
});

test("the rate is that of the last twenty seconds", () => {
  let now = 0;
  const rate = createRate(() => now);
  assert.equal(rate(0), null);
  now = 1_000;
  assert.equal(rate(1_000_000), null);
  now = 10_000;
  assert.equal(rate(10_000_000), 1_000);
  now = 30_000;
  assert.equal(rate(10_000_000), 0);
});
