import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { createGlaze, inGlaze } from "../../../lab/postgres/application.ts";
import { moveOrder } from "../../../lab/postgres/move.ts";
import { type LabPair, startPair } from "../../../lab/postgres/pair.ts";
import type { PreflightFinding } from "../../plan/postgres/finding.ts";
import { preflight } from "../../plan/postgres/preflight.ts";
import { runNames } from "../runNames.ts";
import { readSourceFacts } from "./sourceFacts.ts";
import { readTargetFacts } from "./targetFacts.ts";

/** Names that a statement must quote: as migration tools make them, and worse. */
const SCHEMA = `
  create schema "Pottery";
  create table "Pottery"."Pots" (id int primary key, glaze text);
  create function "Pottery".noted() returns trigger language plpgsql as 'begin return new; end';
  create trigger "Note ""it""" after insert on "Pottery"."Pots" for each row execute function "Pottery".noted();
`;

interface Case {
  readonly what: string;
  /** By the server's superuser, a session for each. */
  readonly make: readonly string[];
  readonly takeAway: readonly string[];
  readonly found: Omit<PreflightFinding, "fix">;
  readonly fix: RegExp;
}

const POTS = '"Pottery"."Pots"';
const SHARDS = '"Pottery"."Pot Shards"';

const always = (mode: "ALWAYS" | "REPLICA"): Case => ({
  what: `a trigger that is ENABLE ${mode}`,
  make: [`alter table ${POTS} enable ${mode} trigger "Note ""it"""`],
  takeAway: [`alter table ${POTS} enable trigger "Note ""it"""`],
  found: {
    id: "postgres/always-triggers",
    severity: "blocks",
    subject: `the triggers ${POTS}."Note ""it"""`,
    evidence: "ENABLE ALWAYS or REPLICA: they would fire a second time for every row that arrives",
  },
  fix: /^ALTER TABLE … ENABLE TRIGGER … for the time of the move, or take the offline driver\.$/,
});

const keyless = (what: string, make: string): Case => ({
  what,
  make: [`set role glaze; ${make}`],
  takeAway: [`drop table ${SHARDS}`],
  found: {
    id: "postgres/identity",
    severity: "blocks",
    subject: `the tables ${SHARDS}`,
    evidence:
      "nothing names a row of theirs; publishing them would make the application's UPDATE and DELETE fail on the source at once",
  },
  fix: /^Give each a primary key, or: (ALTER TABLE "Pottery"\."Pot Shards" REPLICA IDENTITY FULL;)$/,
});

const CASES: readonly Case[] = [
  always("ALWAYS"),
  always("REPLICA"),
  keyless("a table without a key", `create table ${SHARDS} (a int)`),
  keyless(
    "a table whose key is not to be used",
    `create table ${SHARDS} (a int primary key); alter table ${SHARDS} replica identity nothing`,
  ),
  {
    what: "an event trigger",
    make: [
      "create function public.watch() returns event_trigger language plpgsql as 'begin end'",
      'create event trigger "Watch it" on ddl_command_end execute function public.watch()',
      "alter function public.watch() owner to glaze",
    ],
    takeAway: ['drop event trigger "Watch it"', "drop function public.watch()"],
    found: {
      id: "postgres/event-triggers",
      severity: "blocks",
      subject: "the event triggers Watch it",
      evidence: "only a superuser may make one, and on the target nobody is",
    },
    fix: /^DROP EVENT TRIGGER each of them before the move\.$/,
  },
  {
    what: "a foreign table",
    make: [
      'create foreign data wrapper nowhere; create server "Kiln 2" foreign data wrapper nowhere',
      `create foreign table "Pottery"."Far Away" (a int) server "Kiln 2"; alter foreign table "Pottery"."Far Away" owner to glaze`,
    ],
    takeAway: ['drop foreign table "Pottery"."Far Away"', "drop foreign data wrapper nowhere cascade"],
    found: {
      id: "postgres/foreign-tables",
      severity: "warns",
      subject: 'the foreign tables "Pottery"."Far Away"',
      evidence: "the server they point at must be reachable from the target too",
    },
    fix: /^Check the address and the user mapping after the move; mappings hold passwords and are not carried over\.$/,
  },
  {
    what: "large objects",
    make: ["set role glaze; select lo_create(4711), lo_create(4712)"],
    takeAway: ["select lo_unlink(4711), lo_unlink(4712)"],
    found: {
      id: "postgres/large-objects",
      severity: "blocks",
      subject: "2 large objects",
      evidence: "logical replication does not carry them",
    },
    fix: /^Take the offline driver, which does, or move them into a bytea column\.$/,
  },
  {
    what: "an unlogged table",
    make: [`set role glaze; create unlogged table ${SHARDS} (a int)`],
    takeAway: [`drop table ${SHARDS}`],
    found: {
      id: "postgres/unlogged",
      severity: "warns",
      subject: `the unlogged tables ${SHARDS}`,
      evidence: "their rows are not replicated",
    },
    fix: /^They are empty on the target\. If that is not right, ALTER TABLE … SET LOGGED before the move\.$/,
  },
  {
    what: "a password that is stored as md5",
    make: [`set password_encryption = md5; create role "Old Hand" login password 'clay'`],
    takeAway: ['drop role "Old Hand"'],
    found: {
      id: "postgres/md5-passwords",
      severity: "blocks",
      subject: "the roles Old Hand",
      evidence: "their passwords are stored as md5",
    },
    fix: /^ALTER SYSTEM SET password_encryption = 'scram-sha-256'; SELECT pg_reload_conf\(\); then set each password again, to the same one\.$/,
  },
  {
    what: "another database",
    make: ['create database "Other One"'],
    takeAway: ['drop database "Other One"'],
    found: {
      id: "postgres/other-databases",
      severity: "warns",
      subject: "the databases Other One",
      evidence: "they are on the same server, which has one set of roles",
    },
    fix: /^Their users cannot log in either while writes are held/,
  },
  {
    what: "forced row security",
    make: [`alter table ${POTS} force row level security`],
    takeAway: [`alter table ${POTS} no force row level security`],
    found: {
      id: "postgres/row-security",
      severity: "blocks",
      subject: `the tables ${POTS}`,
      evidence:
        "FORCE ROW LEVEL SECURITY hides rows even from their owner, and the target's administrator may not bypass it",
    },
    fix: /^ALTER TABLE … NO FORCE ROW LEVEL SECURITY for the time of the move\.$/,
  },
  {
    what: "a prepared transaction",
    make: [`begin; insert into ${POTS} values (9, 'ash'); prepare transaction 'Glaze 1'`],
    takeAway: ["rollback prepared 'Glaze 1'"],
    found: {
      id: "postgres/prepared-transactions",
      severity: "blocks",
      subject: "the database glaze",
      evidence: "prepared transactions wait: Glaze 1",
    },
    fix: /^COMMIT PREPARED or ROLLBACK PREPARED each of them: such rows appear only then, after the move perhaps\.$/,
  },
];

describe("what a real server has that stands in the way of a move", () => {
  let pair: LabPair;
  before(async () => {
    pair = await startPair({
      from: 15,
      to: 17,
      adminRights: "createdb createrole replication in role pg_create_subscription",
      sourceSettings: { max_prepared_transactions: "3", max_slot_wal_keep_size: "1GB" },
      targetSettings: { max_slot_wal_keep_size: "1GB" },
    });
    await createGlaze(pair, SCHEMA);
  });
  after(() => pair[Symbol.asyncDispose]());

  for (const { what, make, takeAway, found, fix } of CASES) {
    test(`${what} is found by its name, and nothing where it is not`, async () => {
      assert.deepEqual(await findingsOf(pair), []);
      await each(pair, make);
      const [first, ...others] = await findingsOf(pair);
      await each(pair, takeAway);
      assert.deepEqual(others, []);
      const { fix: said = "", ...rest } = first ?? {};
      assert.deepEqual(rest, found);
      assert.match(said, fix);
      assert.deepEqual(await findingsOf(pair), []);
    });
  }

  test("what is told to be done for a table without a key can be done as it is written", async () => {
    await each(pair, [`set role glaze; create table ${SHARDS} (a int)`]);
    const [found] = await findingsOf(pair);
    await each(pair, [/ALTER TABLE .*;/.exec(found?.fix ?? "")?.[0] ?? ""]);
    assert.deepEqual(await findingsOf(pair), []);
    await each(pair, [`drop table ${SHARDS}`]);
  });

  test("a transaction that is open for long, which what is told to be asked names", async () => {
    await inGlaze(pair, async (client) => {
      await client.query("begin");
      const { rows: own } = await client.query("select pg_backend_pid() as pid");
      const [first = null, ...others] = await findingsOf(pair, 60_000);
      assert.deepEqual(others, []);
      assert.equal(first?.id, "postgres/long-transaction");
      assert.equal(first.evidence, "a transaction has been running for 1 min");
      const asked = /SELECT .*;/.exec(first.fix)?.[0] ?? "";
      const { rows } = await inGlaze(pair, (other) => other.query(asked));
      assert.equal(rows[0].pid, own[0].pid);
      await client.query("commit");
    });
    assert.deepEqual(await findingsOf(pair, 60_000), []);
  });
});

/** Those of both servers, whatever the driver. `agedMs`: as if a transaction that is open had been so for that much longer. */
async function findingsOf(pair: LabPair, agedMs = 0): Promise<readonly PreflightFinding[]> {
  const { connect, source, target, database, demand } = moveOrder(pair);
  await using there = await connect({ ...source.admin, database });
  await using admin = await connect(target.admin);
  const facts = await readSourceFacts(there);
  const { oldestTransactionMs } = facts;
  const looked = preflight({
    source: { ...facts, oldestTransactionMs: oldestTransactionMs === 0 ? 0 : oldestTransactionMs + agedMs },
    target: await readTargetFacts(admin, facts, runNames("lab1")),
    demand,
  });
  return [...looked.findings, ...looked.stream];
}

async function each(pair: LabPair, scripts: readonly string[]): Promise<void> {
  for (const script of scripts) await inGlaze(pair, (client) => client.query(script));
}
