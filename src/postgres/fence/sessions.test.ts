import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { Client } from "pg";
import { MOVE_ID, moveOrder } from "../../../lab/postgres/move.ts";
import { type LabPair, startPair } from "../../../lab/postgres/pair.ts";
import { runNames } from "../runNames.ts";
import { otherSessions } from "./sessions.ts";

describe("sessions on a server whose administrator is no superuser", () => {
  let pair: LabPair;
  before(async () => {
    pair = await startPair();
  });
  after(() => pair[Symbol.asyncDispose]());

  test("are seen also where the server hides what kind they are; a superuser's of the provider are not told", async () => {
    const provider = await pair.target.superuser();
    await provider.query("create role stranger login");
    const stranger = new Client({ ...pair.target.server.superuser, user: "stranger", database: "postgres" });
    await stranger.connect();
    const order = moveOrder(pair);
    await using database = await order.connect({ ...pair.target.admin, database: "postgres" });
    const seen = await otherSessions(database, runNames(MOVE_ID));
    await stranger.end();
    await provider.end();
    assert.deepEqual(
      seen.map(({ user, kind }) => ({ user, kind })),
      [{ user: "stranger", kind: "hidden" }],
    );
  });
});
