import assert from "node:assert/strict";
import type { Client } from "pg";
import { inGlaze } from "./application.ts";
import type { LabPair } from "./pair.ts";

/** As a client hears of it that its session was ended, while it waits, between two questions, and while it sends. */
const SHUT_OUT = /terminat|not queryable|ECONNRESET|EPIPE/;

/** Changes the source's `glaze` again and again until the fence comes down: how often. Another failure fails. */
export async function changeUntilShutOut(
  pair: LabPair,
  change: (client: Client, count: number) => Promise<void>,
): Promise<number> {
  let count = 0;
  await inGlaze(pair, async (client) => {
    for (;;) await change(client, count++);
  }).catch((error: unknown) => assert.match(String(error), SHUT_OUT));
  return count;
}
