import assert from "node:assert/strict";
import { test } from "node:test";
import type { Database } from "../database.ts";
import { runNames } from "../runNames.ts";
import { proveArrival } from "./marker.ts";

const NAMES = runNames("lab12345");
const PATIENCE_MS = 60;

/** A stand-in for the two sides: the reader gets on by two in each patience, stands somewhere, and has the marker at eight. */
function sides(standsAt: number): { readonly from: Database; readonly to: Database } {
  let nonce = "";
  const began = Date.now();
  const received = () => Math.min(standsAt, Math.floor((Date.now() - began) / (PATIENCE_MS / 2)));
  const side = (rows: (sql: string, values: readonly unknown[]) => readonly object[]) =>
    ({
      place: "glaze at stand-in:5432",
      query: async (sql: string, values: readonly unknown[] = []) => rows(sql, values),
    }) as unknown as Database;
  return {
    from: side((_, values) => {
      nonce = String(values[0]);
      return [];
    }),
    to: side((sql) => {
      if (sql.includes("received_lsn")) return [{ bytes: received() }];
      return received() >= 8 ? [{ nonce }] : [];
    }),
  };
}

test("a marker may take as long as the other side gets on", async () => {
  const { from, to } = sides(100);
  await proveArrival(from, to, NAMES, "one", { standingMs: PATIENCE_MS });
});

test("a marker on its way to a side that stands is late", async () => {
  const { from, to } = sides(3);
  await assert.rejects(proveArrival(from, to, NAMES, "one", { standingMs: PATIENCE_MS }), {
    code: "timeout",
    message: /did not arrive at glaze at stand-in:5432 within 0\.06 s/,
  });
});

test("while writes are held the time is counted in all", async () => {
  const { from, to } = sides(100);
  await assert.rejects(proveArrival(from, to, NAMES, "one", { inAllMs: PATIENCE_MS }), { code: "timeout" });
});
