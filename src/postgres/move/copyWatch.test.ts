import assert from "node:assert/strict";
import { test } from "node:test";
import type { Database } from "../database.ts";
import type { SubscriptionState } from "../replication/subscription.ts";
import { runNames } from "../runNames.ts";
import { watchCopies } from "./copyWatch.ts";
import type { OpenMove } from "./sides.ts";

const STANDING: SubscriptionState = {
  id: "16400",
  tables: 3,
  filledTables: 2,
  readyTables: 1,
  isRunning: true,
  applyErrors: 0,
  syncErrors: 0,
  copiers: 1,
  copiesUnderWay: 1,
  copyingRows: 7,
  copyingBytes: 7,
  hidesCopies: false,
};

/** A stand-in: servers that let us subscribe and have nothing to say, and a clock that goes on by a minute at each look. Gives what is told and how it ends. */
async function lookOften(
  state: SubscriptionState,
): Promise<{ readonly told: string[]; readonly error: string }> {
  const told: string[] = [];
  const silent = {
    place: "glaze at stand-in:5432",
    query: async (sql: string) => (sql.endsWith(" as may") ? [{ may: true }] : []),
    script: async () => undefined,
  };
  let minutes = 0;
  const order = {
    stallLimitMs: 60_000,
    now: () => minutes * 60_001,
    tell: ({ text }: { readonly text: string }) => void told.push(text),
  };
  const database = silent as unknown as Database;
  const move = {
    order,
    names: runNames("lab12345"),
    source: database,
    target: database,
  } as unknown as OpenMove;
  const watch = watchCopies(move);
  try {
    for (; minutes < 60; minutes++) await watch.look(state);
    return { told, error: "" };
  } catch (error) {
    return { told, error: String(error) };
  }
}

test("a copy that stands is started again, and given up when that does not help", async () => {
  const { told, error } = await lookOften(STANDING);
  assert.deepEqual(told, Array(3).fill("nothing came in for a while; the copy is started again"));
  assert.match(error, /got no further, though it was started again 3 times; it was thrown away/);
});

test("whoever applies what was changed meanwhile may take an hour, or wait until an index is there", async () => {
  assert.deepEqual(await lookOften({ ...STANDING, copiers: 0, copiesUnderWay: 0 }), { told: [], error: "" });
});
