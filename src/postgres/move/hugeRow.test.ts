import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import type { Client } from "pg";
import { createGlaze, inGlaze, inMoved } from "../../../lab/postgres/application.ts";
import { whenIn } from "../../../lab/postgres/interposed.ts";
import { keepLedger } from "../../../lab/postgres/keepLedger.ts";
import { moveOrder } from "../../../lab/postgres/move.ts";
import { type LabPair, startPair } from "../../../lab/postgres/pair.ts";
import { bringBack, carryOver } from "./move.ts";

/** Of one value; as text it is twice as long. */
const BYTES = 60e6;

/** Made on the server: here nobody holds one. */
function pixels(seed: string): string {
  return `convert_to(repeat(md5('${seed}'), ${BYTES / 32}), 'UTF8')`;
}

/** Stored as it is, so that it is as long on its way. */
const SCHEMA = `
  create table photos (id int primary key, name text, pixels bytea);
  alter table photos alter pixels set storage external;
  insert into photos values (1, 'vase', ${pixels("vase")}), (2, 'bowl', 'small');
`;

describe("one row of many megabytes", () => {
  let pair: LabPair;
  before(async () => {
    pair = await startPair({ from: 15, to: 17 });
    await createGlaze(pair, SCHEMA);
  });
  after(() => pair[Symbol.asyncDispose]());
  keepLedger(() => pair);

  test("goes over and comes home, changed while it is followed, and never passes through the tool", async () => {
    // Of a row nothing is seen until all of it has come in.
    const order = moveOrder(pair, { stallLimitMs: 60_000, holdLimitMs: 60_000, homeHoldLimitMs: 60_000 });
    using memory = watchMemory();
    const change = (what: string) => async (client: Client) => {
      await client.query(`update photos set ${what} where id = 1`);
    };
    await carryOver(whenIn("ready", order, () => inGlaze(pair, change(`pixels = ${pixels("jug")}`))));
    assert.deepEqual(await inMoved(pair, photosOf), ["1 vase, all of jug", "2 bowl, something else"]);
    // What is not changed of a row is not sent.
    await bringBack(whenIn("ready", order, () => inMoved(pair, change("name = 'jug'"))));
    assert.deepEqual(await inGlaze(pair, photosOf), ["1 jug, all of jug", "2 bowl, something else"]);
    const grown = memory.grownBytes();
    // Were it here it would be so as text, twice as long; the clients' own garbage is some ten megabytes.
    assert.ok(grown > 0 && grown < BYTES, `${grown} bytes`);
  });
});

async function photosOf(client: Client): Promise<readonly string[]> {
  const { rows } = await client.query<{ photo: string }>(
    `select id || ' ' || name || ', ' || case pixels when ${pixels("jug")} then 'all of jug' else 'something else' end as photo
      from public.photos order by id`,
  );
  return rows.map(({ photo }) => photo);
}

interface Memory extends Disposable {
  /** By how much what this process holds, in its heap and beside it, was larger at most than in the beginning. */
  grownBytes(): number;
}

function watchMemory(): Memory {
  const held = () => {
    const { heapUsed, external } = process.memoryUsage();
    return heapUsed + external;
  };
  const first = held();
  let most = first;
  const timer = setInterval(() => {
    most = Math.max(most, held());
  }, 10);
  return { grownBytes: () => most - first, [Symbol.dispose]: () => clearInterval(timer) };
}
