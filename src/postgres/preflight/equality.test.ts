import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { createGlaze } from "../../../lab/postgres/application.ts";
import { type LabPair, startPair } from "../../../lab/postgres/pair.ts";
import { openDatabase } from "../database.ts";
import { readSourceFacts } from "./sourceFacts.ts";

const WITHOUT = [
  "json xml point polygon line box circle lseg path",
  "box[] domain_of_json domain_of_boxes row_of_points row_of_rows",
]
  .join(" ")
  .split(" ");
const WITH = [
  'int text varchar char(3) citext inet int[] int2vector jsonb uuid "char" name tsvector bit(3)',
  "domain_of_text mood row_of_ints int4range int4multirange mood[]",
]
  .join(" ")
  .split(" ");

const tables = (prefix: string, types: readonly string[]) =>
  types
    .map(
      (type, n) => `create table ${prefix}${n} (v ${type}); alter table ${prefix}${n} replica identity full;`,
    )
    .join("\n");

const SCHEMA = `
  create extension citext;
  create type mood as enum ('ok');
  create domain domain_of_text as text; create domain domain_of_json as json; create domain domain_of_boxes as box[];
  create type row_of_ints as (a int, b int);
  create type row_of_points as (a int, b point);
  create type row_of_rows as (a int, b row_of_points[]);
  ${tables("without", WITHOUT)} ${tables("has", WITH)}`;

describe("a table without equality", () => {
  let pair: LabPair;
  before(async () => {
    pair = await startPair({ from: 15 });
    await createGlaze(pair, SCHEMA);
  });
  after(() => pair[Symbol.asyncDispose]());

  test("is one whose column is of a type the server cannot compare, however deep that lies", async () => {
    await using source = await openDatabase({ ...pair.source.admin, database: "glaze" });
    const { tablesWithoutEquality } = await readSourceFacts(source);
    assert.deepEqual(tablesWithoutEquality, WITHOUT.map((_, n) => `public.without${n}`).sort());
  });
});
