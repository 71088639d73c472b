import assert from "node:assert/strict";
import { test } from "node:test";
import { inParts, withoutExtensionComments } from "./dump.ts";

/** As pg_dump 15 and 17 write it. */
const heading = (name: string, type: string) =>
  `--\n-- Name: ${name}; Type: ${type}; Schema: -; Owner: -\n--\n\n`;
const HEAD = "--\n-- PostgreSQL database dump\n--\n\nSET search_path = '';\n\n";
const EXTENSION = `${heading("citext", "EXTENSION")}CREATE EXTENSION IF NOT EXISTS citext WITH SCHEMA public;\n\n\n`;
const ITS_COMMENT = `${heading("EXTENSION citext", "COMMENT")}COMMENT ON EXTENSION citext IS 'it''s\n\nfor text';\n\n\n`;
const USERS_COMMENT = `${heading("TABLE pots", "COMMENT")}COMMENT ON TABLE public.pots IS 'COMMENT ON EXTENSION is not ours';\n\n\n`;

test("what an extension says of itself is left out, what the user says of a table is not", () => {
  const dump = `${HEAD}${EXTENSION}${ITS_COMMENT}${USERS_COMMENT}`;
  assert.equal(withoutExtensionComments(dump), `${HEAD}${EXTENSION}${USERS_COMMENT}`);
});

test("a dump may be cut between its entries, and nothing of it is lost", () => {
  const dump = `${HEAD}${EXTENSION}${ITS_COMMENT}${USERS_COMMENT}`;
  assert.deepEqual(inParts(dump, 2), [`${HEAD}${EXTENSION}${ITS_COMMENT}`, USERS_COMMENT]);
  assert.deepEqual(inParts(dump, 3), [dump]);
  assert.deepEqual(inParts(HEAD, 2), [HEAD]);
});

test("a dump without entries stays as it is", () => {
  assert.equal(withoutExtensionComments(HEAD), HEAD);
});
