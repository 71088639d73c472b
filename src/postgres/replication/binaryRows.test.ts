import assert from "node:assert/strict";
import { after, before, beforeEach, describe, test } from "node:test";
import { createGlaze, inGlaze, inMoved } from "../../../lab/postgres/application.ts";
import { type LabPair, startPair } from "../../../lab/postgres/pair.ts";
import { waitFor } from "../../../lab/waitFor.ts";
import { type Database, openDatabase } from "../database.ts";
import { mayCopyBinary } from "./binaryRows.ts";
import { readSubscription, subscribe, unsubscribe } from "./subscription.ts";

const TYPES = `create type mood as enum ('glad', 'sad'); create type spot as (x int, y int); create domain size as int check (value > 0);`;

/** A column of each type of which it may be said, and arrays of some. */
const THINGS = `
  ${TYPES}
  create table things (
    id bigint primary key, b bool, raw bytea, c "char", n name, s int2, i int4, f float4, d float8, m numeric(20, 6), t text,
    v varchar(20), p char(5), j json, k jsonb, u uuid, o oid, da date, ti time, tz timetz, ts timestamp, tt timestamptz, iv interval,
    ip inet, net cidr, mac macaddr, mac8 macaddr8, bi bit(3), vb varbit, words tsvector, r4 int4range, r8 int8range, rn numrange,
    rt tsrange, rtz tstzrange, rd daterange, pt point, ln line, ls lseg, bx box, pa path, po polygon, ci circle, e mood,
    many int[][], texts text[], times timestamptz[], ranges daterange[]);`;

const ROWS = `
  insert into things select g, g % 2 = 0, decode(md5(g::text), 'hex'), 'x', 'name ' || g, g, -g, g / 3.0::float4, sqrt(g), g / 7.0, E'tab\\there ü ' || g,
    'v' || g, 'p', json_build_object('a', g), jsonb_build_array(g, null, 'x'), md5(g::text)::uuid, g, date '2026-01-01' + g, time '12:00' + g * interval '1 s',
    timetz '12:00+02', timestamp 'infinity', timestamptz '2026-03-29 01:59:59+01' + g * interval '1 h', g * interval '1 mon 2 d',
    '10.0.0.1/8', 'fe80::/16', '08:00:2b:01:02:03', '08:00:2b:01:02:03:04:05', b'101', b'10', to_tsvector('simple', 'pots and glazes'),
    int4range(g, null), int8range(null, g, '[]'), numrange(g / 3.0, g), tsrange('2026-01-01', null), tstzrange(now(), 'infinity'), 'empty',
    point(g, 1 / g::float8), line '{1,2,3}', lseg '((0,0),(1,1))', box '((0,0),(1,1))', path '[(0,0),(1,1)]', polygon '((0,0),(1,1),(2,0))',
    circle '<(0,0),1>', case g % 2 when 0 then 'glad' else 'sad' end::mood,
    array[[g, null], [1, 2]], array['a,b', null, '"'], array[now(), null], array[daterange('2026-01-01', '2026-02-01'), null]
  from generate_series(1, 2000) g;
  insert into things (id, d, m, f) values (-1, 'NaN', 'NaN', '-Infinity');`;

const LOOK = "select count(*)::int as count, md5(string_agg(t::text, '|' order by id)) as hash from things t";

describe("rows that are copied as servers keep them", () => {
  let pair: LabPair;
  before(async () => {
    pair = await startPair({ from: 17, to: 18 });
  });
  after(() => pair[Symbol.asyncDispose]());
  beforeEach(async () => {
    await createGlaze(pair);
    const admin = await pair.target.superuser();
    await admin.query("drop database if exists glaze with (force)");
    await admin.query("create database glaze owner doadmin");
    await admin.end();
  });

  async function betweenThem<T>(deed: (source: Database, target: Database) => Promise<T>): Promise<T> {
    await using source = await openDatabase({ ...pair.source.admin, database: "glaze" });
    await using target = await openDatabase({ ...pair.target.admin, database: "glaze" });
    return await deed(source, target);
  }

  test("every type of which that may be said arrives as it was", async () => {
    await inGlaze(pair, (client) =>
      client.query(`${THINGS} ${ROWS} create publication pub_things for table things`),
    );
    await inMoved(pair, (client) => client.query(`set role doadmin; ${THINGS}`));
    await betweenThem(async (source, target) => {
      const login = { ...pair.source.admin, database: "glaze" };
      await subscribe(target, source, {
        name: "pub_things",
        dial: pair.source.dial,
        login,
        copiesRows: true,
      });
      assert.deepEqual(await target.query("select subbinary from pg_subscription"), [{ subbinary: true }]);
      await waitFor(
        "the copy",
        async () => (await readSubscription(target, "pub_things"))?.readyTables || undefined,
      );
      await unsubscribe(target, source, "pub_things");
    });
    const [there, here] = [
      await inGlaze(pair, (client) => client.query(LOOK)),
      await inMoved(pair, (client) => client.query(LOOK)),
    ];
    assert.equal(here.rows[0].count, 2_001);
    assert.deepEqual(here.rows, there.rows);
  });

  for (const [what, type, may] of [
    ["an enum", "mood", true],
    ["an array of them, which says their number in the catalog", "mood[]", false],
    ["a row of one's own", "spot", false],
    ["a domain", "size", false],
    ["a number of the catalog that is written as a name", "regclass", false],
  ] as const) {
    test(`${may ? "is said" : "is not said"} of ${what}`, async () => {
      await inGlaze(pair, (client) =>
        client.query(`${TYPES} create table odd (id int primary key, it ${type})`),
      );
      assert.equal(await betweenThem(mayCopyBinary), may);
    });
  }

  test("is not said where one of the two servers is too old for it", async () => {
    await using older = await startPair({ from: 15, to: 17 });
    await using source = await openDatabase(older.source.admin);
    await using target = await openDatabase(older.target.admin);
    assert.equal(await mayCopyBinary(source, target), false);
    assert.equal(await mayCopyBinary(target, target), true);
  });
});
