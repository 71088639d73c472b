import assert from "node:assert/strict";
import { test } from "node:test";
import { networkFailure } from "./networkFailure.ts";
import { retryAfterMs, withRetries } from "./retry.ts";
import type { Reply } from "./transport.ts";

const NOW = Date.parse("2026-11-23T14:32:00Z");
const reply = (status: number, headers = {}, body = ""): Reply => ({ status, headers, body });
const reset = () => networkFailure(Object.assign(new Error("reset"), { code: "ECONNRESET" }), "http://there");

/** Plays the outcomes in turn and tells what came of it. */
async function play(outcomes: readonly (Reply | Error)[]) {
  const pauses: number[] = [];
  let asked = 0;
  const ask = async () => {
    const outcome = outcomes[asked++];
    if (outcome === undefined) throw new Error("asked too often");
    if (outcome instanceof Error) throw outcome;
    return outcome;
  };
  const hooks = { now: () => NOW, sleep: async (pause: number) => void pauses.push(pause) };
  const end = await withRetries(ask, hooks).then(
    ({ status }) => status,
    ({ message }: Error) => message,
  );
  return { end, asked, pauses };
}

test("an answer is an answer", async () => {
  assert.deepEqual(await play([reply(200)]), { end: 200, asked: 1, pauses: [] });
  assert.deepEqual(await play([reply(400)]), { end: 400, asked: 1, pauses: [] });
  assert.deepEqual(await play([reply(500)]), { end: 500, asked: 1, pauses: [] });
});

test("what may pass is asked four times, with growing pauses", async () => {
  for (const status of [429, 502, 503, 504]) {
    assert.deepEqual(await play([reply(status), reply(200)]), { end: 200, asked: 2, pauses: [500] });
    const all = [reply(status), reply(status), reply(status), reply(status)];
    assert.deepEqual(await play(all), { end: status, asked: 4, pauses: [500, 1000, 2000] });
  }
});

test("a cut connection is asked again, a refused one is not", async () => {
  assert.deepEqual(await play([reset(), reply(200)]), { end: 200, asked: 2, pauses: [500] });
  const all = [reset(), reset(), reset(), reset()];
  assert.deepEqual(await play(all), {
    end: "http://there: the connection was cut.",
    asked: 4,
    pauses: [500, 1000, 2000],
  });
  const refused = networkFailure(Object.assign(new Error("no"), { code: "ECONNREFUSED" }), "http://there");
  assert.deepEqual(await play([refused]), {
    end: "http://there: the connection was refused.",
    asked: 1,
    pauses: [],
  });
});

test("Retry-After is honoured in seconds and as a date, up to a minute", async () => {
  const after = (value: string) => [reply(429, { "retry-after": value }), reply(200)];
  assert.deepEqual((await play(after("7"))).pauses, [7000]);
  assert.deepEqual((await play(after("Mon, 23 Nov 2026 14:32:20 GMT"))).pauses, [20_000]);
  assert.deepEqual(await play(after("61")), { end: 429, asked: 1, pauses: [] });
});

test("a query the server gave up is not asked again", async () => {
  const body = JSON.stringify({ status: "error", errorType: "timeout", error: "query timed out" });
  assert.deepEqual(await play([reply(503, {}, body)]), { end: 503, asked: 1, pauses: [] });
});

test("Retry-After that cannot be read is none", () => {
  assert.equal(retryAfterMs(undefined, NOW), null);
  assert.equal(retryAfterMs("soon", NOW), null);
  assert.equal(retryAfterMs("0", NOW), 0);
  assert.equal(retryAfterMs("Mon, 23 Nov 2026 14:00:00 GMT", NOW), 0);
});
