import assert from "node:assert/strict";
import { after, before, beforeEach, describe, test } from "node:test";
import type { Client } from "pg";
import {
  ADVERSARIAL_CHANGES,
  ADVERSARIAL_REST,
  ADVERSARIAL_SCHEMA,
  makeAdversarialRoles,
} from "../../../lab/postgres/adversarial.ts";
import { createGlaze, inClosed, inGlaze, inMoved } from "../../../lab/postgres/application.ts";
import { contentsOf } from "../../../lab/postgres/contents.ts";
import { MOVE_ID, moveOrder } from "../../../lab/postgres/move.ts";
import { type LabPair, startPair } from "../../../lab/postgres/pair.ts";
import { changeUntilShutOut } from "../../../lab/postgres/shutOut.ts";
import { waitFor } from "../../../lab/waitFor.ts";
import { holdWrites } from "../fence/holdWrites.ts";
import { readRecord } from "../fence/record.ts";
import { holdTimer } from "../fence/timer.ts";
import { bringBack, carryOver } from "./move.ts";
import type { MoveOrder } from "./order.ts";
import { openMove } from "./sides.ts";

/** How values are written, in one way here and in another there. */
const SOURCE_SETTINGS = {
  timezone: "Asia/Kathmandu",
  datestyle: "German, DMY",
  intervalstyle: "sql_standard",
  extra_float_digits: "-15",
  bytea_output: "escape",
  xmlbinary: "hex",
  xmloption: "document",
  quote_all_identifiers: "on",
  search_path: "public, other",
  row_security: "off",
  "plpgsql.variable_conflict": "use_column",
};

const TARGET_SETTINGS = {
  timezone: "America/St_Johns",
  datestyle: "SQL, MDY",
  intervalstyle: "postgres_verbose",
  extra_float_digits: "0",
  escape_string_warning: "off",
  search_path: "nowhere",
  default_transaction_isolation: "repeatable read",
  "plpgsql.variable_conflict": "use_variable",
};

/** Of the database, as an application has them that trusts nobody's patience; and of either administrator. */
const IMPATIENT = [
  "standard_conforming_strings = off",
  "default_transaction_read_only = on",
  "default_transaction_isolation = serializable",
  "statement_timeout = '150ms'",
  "lock_timeout = '20ms'",
  "idle_in_transaction_session_timeout = '100ms'",
  "idle_session_timeout = '500ms'",
];

/** More that depends on how values are written, and what takes longer than they have patience for. */
const MORE = `
  create index with_backslash on every_type (words) where words ~ '\\\\d' or words <> e'\\'';
  create policy with_backslash on private_rows for select using (owner !~ '\\\\w\\\\\\\\');
  create view like_backslash as select id from audited where v like '%\\_\\\\%';
  create table moments (id int primary key, at timestamptz, gap interval, share float8, part float4, raw bytea, "day" date);
  insert into moments select g, '2026-03-29 01:59:59.5+01'::timestamptz + g * interval '17 minutes', interval '-1 day 2 hours' * g / 7, g / 3.0, g / 7.0,
    decode(md5(g::text), 'hex'), '2026-01-02'::date + g from generate_series(1, 60000) g;
  create function slowly(text) returns text language plpgsql immutable as $body$ begin perform pg_sleep(0.3); return $1; end $body$;
  create table slow (id int primary key, v text);
  create index slow_v on slow (public.slowly(v));
`;

/** A session of the test's own, as every other begins. */
const PATIENT = `
  set statement_timeout = 0; set lock_timeout = 0; set idle_in_transaction_session_timeout = 0; set idle_session_timeout = 0;
  set standard_conforming_strings = on; set default_transaction_read_only = off; set default_transaction_isolation = 'read committed'`;

describe("servers whose sessions begin otherwise", () => {
  let pair: LabPair;
  before(async () => {
    pair = await startPair({
      from: 15,
      to: 17,
      sourceSettings: SOURCE_SETTINGS,
      targetSettings: TARGET_SETTINGS,
    });
    await makeAdversarialRoles(pair);
  });
  after(() => pair[Symbol.asyncDispose]());
  beforeEach(async () => {
    await createGlaze(pair, ADVERSARIAL_SCHEMA + ADVERSARIAL_REST + MORE);
    await inGlaze(pair, async (client) => {
      await client.query("insert into public.slow values (1, 'slow')");
      for (const each of IMPATIENT) {
        await client.query(`alter database glaze set ${each}`);
        await client.query(`alter role keeper set ${each}`);
      }
    });
    const provider = await pair.target.superuser();
    for (const each of IMPATIENT) await provider.query(`alter role doadmin set ${each}`);
    await provider.end();
  });

  for (const driver of ["subscription", "offline"] as const) {
    test(`are no matter to a move by ${driver}, there and back`, async () => {
      const order = withSlowDump(moveOrder(pair, { driver, holdLimitMs: 60_000 }));
      const changing = changeUntilShutOut(pair, change);
      await carryOver(order);
      assert.ok((await changing) > 2, "hardly anything was changed meanwhile");
      const [source, target] = [await inClosed(pair, MOVE_ID, contentsOf), await inMoved(pair, contentsOf)];
      assert.deepEqual(target, source);
      await assertLetGo(order);
      await inMoved(pair, change);
      const changed = await inMoved(pair, contentsOf);
      assert.notDeepEqual(changed, target);
      await bringBack(order);
      assert.deepEqual(await inGlaze(pair, contentsOf), changed);
    });
  }
});

/** It reads a large schema before its first word: for longer than the target lets a session be idle. */
function withSlowDump(order: MoveOrder): MoveOrder {
  const { source } = order;
  const pgDump: typeof source.programs.pgDump = (login) => [
    "sh",
    "-c",
    'sleep 1; exec "$@"',
    "slow",
    ...source.programs.pgDump(login),
  ];
  return { ...order, source: { ...source, programs: { ...source.programs, pgDump } } };
}

/** By the timer on the host, should whoever holds writes on the way home be gone. */
async function assertLetGo(order: MoveOrder): Promise<void> {
  await using move = await openMove(order);
  const { target, names } = move;
  const { user, password } = order.target.admin;
  const hold = await holdWrites(target, names);
  await order.shell(
    holdTimer(order.target.programs, names, { user, password, database: order.database }, hold, 100),
  );
  const isOpen = async () => ((await readRecord(target, names))?.writes === "open" ? true : undefined);
  await waitFor("the timer", isOpen);
}

async function change(client: Client): Promise<void> {
  await client.query(`${PATIENT}; set role glaze; set search_path = public`);
  for (const each of ADVERSARIAL_CHANGES) await client.query(each);
}
