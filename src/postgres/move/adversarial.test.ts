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
import { keepLedger } from "../../../lab/postgres/keepLedger.ts";
import { MOVE_ID, moveOrder } from "../../../lab/postgres/move.ts";
import { startOnlineMigration } from "../../../lab/postgres/onlineMigration.ts";
import { type LabPair, startPair } from "../../../lab/postgres/pair.ts";
import { changeUntilShutOut } from "../../../lab/postgres/shutOut.ts";
import type { OnlineMigration } from "../../model/onlineMigration.ts";
import { bringBack, carryOver } from "./move.ts";

const isLong = process.env.OUTGROW_LONG !== undefined;

for (const { from, to, driver } of [
  { from: 15, to: 17, driver: "subscription" },
  { from: 15, to: 18, driver: "subscription" },
  { from: 15, to: 17, driver: "provider" },
  ...(isLong ? ([{ from: 17, to: 18, driver: "subscription" }] as const) : []),
] as const) {
  describe(`every kind of thing, from PostgreSQL ${from} to ${to}, driver ${driver}`, () => {
    const kept = new AsyncDisposableStack();
    let pair: LabPair;
    let onlineMigration: OnlineMigration;
    before(async () => {
      pair = kept.use(await startPair({ from, to }));
      onlineMigration = kept.use(await startOnlineMigration(pair)).migration;
      await makeAdversarialRoles(pair);
    });
    after(() => kept.disposeAsync());
    beforeEach(() => createGlaze(pair, ADVERSARIAL_SCHEMA + ADVERSARIAL_REST));
    keepLedger(() => pair);

    test("arrives as it was, and comes home as it became", async () => {
      const order = moveOrder(pair, { driver, onlineMigration, stallLimitMs: 30_000 });
      const changing = changeUntilShutOut(pair, async (client) => {
        await client.query("set role glaze");
        for (const change of ADVERSARIAL_CHANGES) await client.query(change);
      });
      await carryOver(order);
      assert.ok((await changing) > 5, "hardly anything was changed meanwhile");
      const [source, target] = [await inClosed(pair, MOVE_ID, contentsOf), await inMoved(pair, contentsOf)];
      assert.deepEqual(target, source);
      const [given, there] = [await inClosed(pair, MOVE_ID, rightsIn), await inMoved(pair, rightsIn)];
      assert.deepEqual(there, given);
      const known = await inMoved(pair, (client) => client.query(PLANNER));
      assert.deepEqual(known.rows, [
        {
          together: 2,
          whoseTogether: "glaze glaze",
          expressions: 1,
          views: 2,
          whoseView: "glaze",
          readView: true,
        },
      ]);

      await inMoved(pair, async (client) => {
        await client.query("set role glaze; set search_path = public");
        for (const change of ADVERSARIAL_CHANGES) await client.query(change);
      });
      const changed = await inMoved(pair, contentsOf);
      assert.notDeepEqual(changed, target);
      await bringBack(order);
      assert.deepEqual(await inGlaze(pair, contentsOf), changed);
    });
  });
}

/** What the planner knows of columns together and for whom, of an expression that is indexed, and of a materialized view; whose one is that comes after the keys. */
const PLANNER = `
  select (select count(*)::int from pg_statistic_ext_data) as together,
    (select string_agg(stxowner::regrole::text, ' ') from pg_statistic_ext) as "whoseTogether",
    (select count(*)::int from pg_stats where tablename = 'part') as expressions,
    (select count(*)::int from pg_stats where tablename = 'counted') as views,
    (select relowner::regrole::text from pg_class where relname = 'by_key') as "whoseView",
    has_table_privilege('reader', 'public.by_key', 'select') as "readView"`;

/** Rights beside those of tables, what else a role is, and what it is given at log-in: but for what the target's administrator may give nobody. */
async function rightsIn(client: Client): Promise<unknown> {
  const { rows } = await client.query(`
    select (select json_agg(a::text order by a::text) from pg_database d cross join unnest(d.datacl) a where d.datname = 'glaze' and a::text !~ '^(doadmin|outgrow)') as database,
      (select json_agg(attacl::text order by attrelid::regclass::text, attname) from pg_attribute where attacl is not null and attrelid >= 16384) as columns,
      (select json_agg(json_build_array(defaclrole::regrole::text, defaclobjtype, defaclacl::text) order by defaclobjtype, defaclnamespace::regnamespace::text) from pg_default_acl) as to_come,
      (select json_build_array(rolbypassrls, rolconnlimit, rolvaliduntil at time zone 'UTC') from pg_roles where rolname = 'reader') as reader,
      (select json_build_array(rolcreatedb, rolcreaterole) from pg_roles where rolname = 'team') as team,
      (select json_agg(json_build_array(roleid::regrole::text, admin_option) order by roleid::regrole::text) from pg_auth_members
        where member = 'reader'::regrole and roleid <> 'pg_signal_backend'::regrole) as groups,
      (select json_agg(c order by c) from pg_db_role_setting cross join unnest(setconfig) c where setrole = 'reader'::regrole and c not like 'log%') as settings`);
  return rows;
}
