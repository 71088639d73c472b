import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { inGlaze } from "../../../lab/postgres/application.ts";
import { type LabPair, startPair } from "../../../lab/postgres/pair.ts";
import { openDatabase } from "../database.ts";
import { runNames } from "../runNames.ts";
import { copyRoles } from "./roles.ts";

const ROLES = `
create role clerks;
create role potter createdb;
create role master createrole;
grant clerks to potter with inherit false, set true;
grant clerks to master with admin option, inherit true, set false;
`;

const MEMBERS = `
select member::regrole::text as member, admin_option as admin, inherit_option as inherits, set_option as acts
  from pg_auth_members where roleid = 'clerks'::regrole and member::regrole::text in ('potter', 'master') order by 1`;

const MAKERS =
  "select rolname, rolcreatedb, rolcreaterole from pg_roles where rolname in ('clerks', 'potter', 'master') order by 1";

describe("the roles of a server", () => {
  let pair: LabPair;
  before(async () => {
    pair = await startPair({ from: 17, to: 17 });
    const admin = await pair.source.superuser();
    await admin.query("create database glaze");
    await admin.end();
  });
  after(() => pair[Symbol.asyncDispose]());

  test("arrive with what they may make, and members as what they are; a second time they become what they became", async () => {
    await inGlaze(pair, (client) => client.query(ROLES));
    await using from = await openDatabase({ ...pair.source.admin, database: "glaze" });
    await using to = await openDatabase(pair.target.admin);
    const assertSame = async () => {
      await copyRoles(from, to, runNames("lab1"));
      assert.deepEqual(await to.query(MEMBERS), await from.query(MEMBERS));
      assert.deepEqual(await to.query(MAKERS), await from.query(MAKERS));
    };
    await assertSame();
    await inGlaze(pair, (client) =>
      client.query("alter role potter nocreatedb; grant clerks to potter with inherit true"),
    );
    await assertSame();
  });

  test("whose password is stored as md5 are refused, and what sets it anew has the name as psql takes it", async () => {
    await inGlaze(pair, (client) =>
      client.query(
        `set password_encryption = md5; create role "The ""thrower" login password 'any'; grant connect on database glaze to "The ""thrower"`,
      ),
    );
    await using from = await openDatabase({ ...pair.source.admin, database: "glaze" });
    await using to = await openDatabase(pair.target.admin);
    await assert.rejects(copyRoles(from, to, runNames("lab1")), {
      code: "blocked",
      message: 'The password of the role The "thrower is stored as md5, which managed servers refuse.',
      hint: `Set it anew on the source: SET password_encryption = 'scram-sha-256'; then \\password "The ""thrower" in psql, with the same password.`,
    });
  });
});
