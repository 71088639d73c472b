import assert from "node:assert/strict";
import { after, before, beforeEach, describe, test } from "node:test";
import { createGlaze, inGlaze, inMoved } from "../../../lab/postgres/application.ts";
import { type LabPair, type LabSide, startPair } from "../../../lab/postgres/pair.ts";
import { waitFor } from "../../../lab/waitFor.ts";
import { readTables } from "../catalog/tables.ts";
import { type Database, openDatabase } from "../database.ts";
import { recordScript } from "../fence/record.ts";
import { publish } from "../replication/publication.ts";
import { dropSlot } from "../replication/slot.ts";
import {
  pauseSubscription,
  readSubscription,
  resumeSubscription,
  subscribe,
  unsubscribe,
} from "../replication/subscription.ts";
import { runNames } from "../runNames.ts";
import { compareLast, type Follower, startFollower } from "./follower.ts";
import { compareAll, compareRound } from "./whileWritten.ts";

const NAMES = runNames("lab1");
const BUCKETS = 1_024;
/** Half of all rows. */
const MOST_LOOKED_AT = 30_000;
const THINGS = '"public"."things"';

const SCHEMA = `
  create table things (id int primary key, weight int not null);
  create table composed (yes bool, fixed char(10), ip inet, letter "char", "odd ""name""" text, n int, hits int not null,
    primary key (yes, fixed, ip, letter, "odd ""name""", n));
`;
const ROWS = `
  insert into things select g, g from generate_series(1, 60000) g;
  insert into composed select g % 2 = 0, 'f' || g % 3, '10.0.0.1', 'x', E'a"b \\\\ \\n' || g, g, 0 from generate_series(1, 200) g;
  analyze;
`;

/** Rows of more buckets than are looked into row by row. */
const CHANGE_MANY = "update things set weight = weight + 1 where id % 10 = 0";

/** A row that is wrong on the target, in those buckets of all that its hash falls into here and there. */
function wrongRow(from: number, to: number): string {
  const isIn = (row: string) =>
    `(hashtextextended(${row}::text collate "C", 0) & ${BUCKETS - 1}) between ${from} and ${to}`;
  return `set session_replication_role = replica;
    update things set weight = -1 where id = (select min(id) from things where id % 10 <> 0 and ${isIn("row(id, weight)")} and ${isIn("row(id, -1)")})`;
}

/** A table that is followed, and hands on how the two sides drift apart. */
interface Scene extends AsyncDisposable {
  readonly follower: Follower;
  /** The two sides by sessions that nobody listens to. */
  readonly beside: { readonly from: Database; readonly to: Database };
  /** Before the first question of such a kind is put; others of its kind wait too. */
  onceAsked(what: RegExp, deed: () => Promise<unknown>): void;
  /** Nothing arrives any more, until a marker is waited for. */
  fallBehind(): Promise<void>;
  catchUp(): Promise<void>;
}

const SUMS = /as sums.+"things"/s;
const ROW_BY_ROW = /declare looked.+"things"/s;
const MARKER = /"marker"|\.marker /;

async function startScene(pair: LabPair, mostLookedAt = MOST_LOOKED_AT): Promise<Scene> {
  await using kept = new AsyncDisposableStack();
  const open = async (side: LabSide) => kept.use(await openDatabase({ ...side.admin, database: "glaze" }));
  const [source, target] = [await open(pair.source), await open(pair.target)];
  const beside = { from: await open(pair.source), to: await open(pair.target) };
  kept.defer(async () => {
    await unsubscribe(target, source, NAMES.forward);
    await dropSlot(source, NAMES.touched);
  });
  await source.script(recordScript(NAMES, "open"));
  await target.script(recordScript(NAMES, "closed"));
  const tables = await readTables(source);
  await publish(source, NAMES.forward, NAMES, tables);
  await subscribe(target, source, {
    name: NAMES.forward,
    dial: pair.source.dial,
    login: { ...pair.source.admin, database: "glaze" },
    copiesRows: true,
  });
  await waitFor("the copy", async () => {
    const state = await readSubscription(target, NAMES.forward);
    return state?.tables === state?.readyTables || undefined;
  });
  const drift = driftOf(await open(pair.target));
  const between = (database: Database): Database => ({ ...database, ...drift.passing(database) });
  const stream = {
    from: between(source),
    to: between(target),
    publication: NAMES.forward,
    names: NAMES,
    ifChanged: "Walk back.",
  };
  const follower = await startFollower(stream, tables, mostLookedAt);
  const moved = kept.move();
  return { follower, beside, ...drift, [Symbol.asyncDispose]: () => moved.disposeAsync() };
}

function driftOf(target: Database) {
  let isBehind = false;
  const planned: { what: RegExp; deed: () => Promise<unknown>; done: Promise<unknown> | null }[] = [];
  const catchUp = async () => {
    isBehind = false;
    await resumeSubscription(target, NAMES.forward);
  };
  const first = async (sql: string) => {
    if (isBehind && MARKER.test(sql)) await catchUp();
    for (const plan of planned) {
      if (!plan.what.test(sql)) continue;
      plan.done ??= plan.deed();
      await plan.done;
    }
  };
  return {
    catchUp,
    onceAsked(what: RegExp, deed: () => Promise<unknown>) {
      planned.push({ what, deed, done: null });
    },
    async fallBehind() {
      isBehind = true;
      await pauseSubscription(target, NAMES.forward);
      await waitFor("the end of the worker", async () => {
        return (await readSubscription(target, NAMES.forward))?.isRunning === true ? undefined : true;
      });
    },
    passing: (database: Database): Pick<Database, "query" | "script"> => ({
      query: async (sql, values) => first(sql).then(() => database.query(sql, values)),
      script: async (sql) => first(sql).then(() => database.script(sql)),
    }),
  };
}

describe("two sides are compared while rows still arrive", () => {
  let pair: LabPair;
  before(async () => {
    // What does not wait for the disk is not written there meanwhile.
    pair = await startPair({ from: 15, to: 17, sourceSettings: { wal_writer_delay: "10s" } });
  });
  after(() => pair[Symbol.asyncDispose]());
  beforeEach(async () => {
    await createGlaze(pair, SCHEMA + ROWS);
    const admin = await pair.target.superuser();
    await admin.query("drop database if exists glaze with (force)");
    await admin.query("create database glaze owner doadmin");
    await admin.end();
    await inMoved(pair, async (client) => {
      await client.query("set role doadmin");
      await client.query(`create table entries (writer int, number int, note text not null, primary key (writer, number));
        create table totals (writer int primary key, count int not null); ${SCHEMA}`);
    });
  });

  const onSource = (sql: string) => inGlaze(pair, (client) => client.query(sql));
  const onTarget = (sql: string) => inMoved(pair, (client) => client.query(sql));

  test("one commit that touches more rows than are looked at one by one is no difference", async () => {
    await using scene = await startScene(pair);
    scene.onceAsked(SUMS, async () => {
      await scene.fallBehind();
      await onSource(CHANGE_MANY);
    });
    await compareAll(scene.follower, scene);
    assert.equal(scene.follower.open.get(THINGS), "all");
    assert.equal((await compareRound(scene.follower, scene)).left, 0);
    await compareLast(scene.follower);
  });

  test("where many are looked at, one that is late in nearly every bucket is known for what was touched", async () => {
    await using scene = await startScene(pair, 100_000);
    scene.onceAsked(SUMS, async () => {
      await scene.fallBehind();
      await onSource(CHANGE_MANY);
    });
    await compareAll(scene.follower, scene);
    assert.notEqual(scene.follower.open.get(THINGS), "all");
    assert.equal((await compareRound(scene.follower, scene)).left, 0);
  });

  test("a wrong row beside such a commit is found at once where it is looked at", async () => {
    await using scene = await startScene(pair);
    await onTarget(wrongRow(0, 200));
    scene.onceAsked(SUMS, async () => {
      await scene.fallBehind();
      await onSource(CHANGE_MANY);
    });
    await assert.rejects(compareAll(scene.follower, scene), {
      message: /^The copy of public\.things differs from the original in at least 1 rows, id = \(\d+\)\.$/,
    });
  });

  test("a wrong row beside such a commit is found later where it is not, also if that commit has arrived halfway", async () => {
    await using scene = await startScene(pair);
    await onTarget(wrongRow(900, 1023));
    scene.onceAsked(SUMS, async () => {
      await scene.fallBehind();
      await onSource(CHANGE_MANY);
    });
    scene.onceAsked(ROW_BY_ROW, () => arriveAgain(scene));
    await compareAll(scene.follower, scene);
    assert.equal(scene.follower.open.get(THINGS), "all");
    await assert.rejects(compareRound(scene.follower, scene), {
      code: "verify",
      message: /^The copy of public\.things differs from the original in one row, id = \(\d+\)\.$/,
    });
  });

  test("a table is not proved by the rows looked at when others were not", async () => {
    await using scene = await startScene(pair);
    await onTarget(wrongRow(900, 1023));
    scene.follower.open.set(THINGS, "all");
    scene.onceAsked(SUMS, async () => {
      await scene.fallBehind();
      await onSource(CHANGE_MANY);
    });
    scene.onceAsked(ROW_BY_ROW, () => arriveAgain(scene));
    assert.equal((await compareRound(scene.follower, scene)).left, 60_000);
    assert.equal(scene.follower.open.get(THINGS), "all");
    await assert.rejects(compareLast(scene.follower), /in one row, id = /);
  });

  test("many wrong rows that nobody touched fail it at once", async () => {
    await using scene = await startScene(pair);
    await onTarget(`set session_replication_role = replica; ${CHANGE_MANY}`);
    await assert.rejects(compareAll(scene.follower, scene), {
      message:
        /^The copy of public\.things differs from the original in at least \d{3,} rows, id = \(\d+\), /,
    });
  });

  test("however many rows are touched while a table is compared, few are left to prove", async () => {
    await using scene = await startScene(pair);
    const { beside, untilSettled } = settlingOf(scene);
    scene.onceAsked(SUMS, () => touchAll(untilSettled));
    await compareAll(scene.follower, { beside, everyMs: 20 });
    assert.notEqual(scene.follower.open.get(THINGS), "all");
    assert.equal((await compareRound(scene.follower, scene)).left, 0);
    await compareLast(scene.follower);
  });

  test("so it is when it is compared as a whole once more", async () => {
    await using scene = await startScene(pair);
    const { beside, untilSettled } = settlingOf(scene);
    scene.follower.open.set(THINGS, "all");
    scene.onceAsked(SUMS, () => touchAll(untilSettled));
    assert.equal((await compareRound(scene.follower, { beside, everyMs: 20 })).touched, 60_000);
    const { touched, left } = await compareRound(scene.follower, scene);
    assert.ok(touched <= 20_000, `${touched} rows`);
    assert.equal(left, 0);
  });

  /** In parts, each of which is compared before the next. */
  async function touchAll(untilSettled: () => Promise<void>): Promise<void> {
    for (let at = 0; at < 60_000; at += 20_000) {
      await onSource(`update things set weight = weight + 1 where id > ${at} and id <= ${at + 20_000}`);
      await untilSettled();
    }
  }

  test("a wrong row is found beside many that are touched and compared meanwhile", async () => {
    await using scene = await startScene(pair);
    const { beside, untilSettled } = settlingOf(scene);
    await onTarget("set session_replication_role = replica; update things set weight = -1 where id = 7");
    scene.onceAsked(SUMS, async () => {
      await onSource("update things set weight = weight + 1 where id between 100 and 3000");
      await untilSettled();
    });
    await assert.rejects(compareAll(scene.follower, { beside, everyMs: 20 }), {
      message: /in one row, id = \(7\)\.$/,
    });
  });

  test("what fails beside the comparison ends it", async () => {
    await using scene = await startScene(pair);
    let asked = 0;
    const query = () => {
      asked++;
      return Promise.reject(new Error("the session is gone"));
    };
    const broken = { ...scene.beside.from, query, script: query };
    scene.onceAsked(SUMS, () => waitFor("the settling", async () => asked > 0 || undefined));
    await assert.rejects(
      compareAll(scene.follower, { beside: { ...scene.beside, from: broken }, everyMs: 20 }),
      /the session is gone/,
    );
  });

  /** What is touched is read off its slot once in each turn: when the second one from now begins, all that there is now was compared. */
  function settlingOf({ beside }: Scene) {
    let turns = 0;
    const script = (sql: string) => {
      if (sql.startsWith("declare changes")) turns++;
      return beside.from.script(sql);
    };
    return {
      beside: { ...beside, from: { ...beside.from, script } },
      async untilSettled() {
        const wanted = turns + 2;
        // Where WAL is written so seldom a reading may wait for it.
        await waitFor("what was touched to be compared", async () => turns >= wanted || undefined, 60_000);
      },
    };
  }

  test("a commit that did not wait for the disk is listed too", async () => {
    await using scene = await startScene(pair);
    scene.onceAsked(/as sums.+"totals"/s, async () => {
      await scene.fallBehind();
      await onSource("set synchronous_commit = off; insert into totals values (1, 1)");
    });
    await compareAll(scene.follower, scene);
    assert.equal((await compareRound(scene.follower, scene)).left, 0);
  });

  /** Every row that the source has now has arrived. */
  async function arriveAgain(scene: Scene): Promise<void> {
    await scene.catchUp();
    const sum = "select sum(weight) filter (where id % 10 = 0) as sum from things";
    const { rows } = await onSource(sum);
    await waitFor("the rows", async () => (await onTarget(sum)).rows[0]?.sum === rows[0]?.sum || undefined);
  }

  describe("a key of types that a cast writes otherwise than the slot", () => {
    const touch = "update composed set hits = hits + 1 where n <= 50";

    async function compareTouched(scene: Scene): Promise<void> {
      scene.onceAsked(/as sums.+"composed"/s, async () => {
        await scene.fallBehind();
        await onSource(touch);
      });
      await compareAll(scene.follower, scene);
    }

    test("is known for the one that was touched", async () => {
      await using scene = await startScene(pair);
      await compareTouched(scene);
      assert.equal((await compareRound(scene.follower, scene)).left, 0);
      await compareLast(scene.follower);
    });

    test("names the row that is wrong", async () => {
      await using scene = await startScene(pair);
      await compareTouched(scene);
      await onTarget("set session_replication_role = replica; update composed set hits = 7 where n = 4");
      assert.equal((await compareRound(scene.follower, scene)).left, 1);
      await assert.rejects(compareLast(scene.follower), {
        message: `The copy of public.composed differs from the original in one row, yes, fixed, ip, letter, odd "name", n = (t, f1        , 10.0.0.1, x, a"b \\ \n4, 4).`,
      });
    });
  });
});
