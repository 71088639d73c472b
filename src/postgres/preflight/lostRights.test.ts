import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { createGlaze, inGlaze } from "../../../lab/postgres/application.ts";
import { moveOrder } from "../../../lab/postgres/move.ts";
import { type LabPair, startPair } from "../../../lab/postgres/pair.ts";
import { OutgrowError } from "../../model/error.ts";
import { assertReady } from "../move/assertReady.ts";
import { runNames } from "../runNames.ts";
import { readSourceFacts } from "./sourceFacts.ts";
import { readTargetFacts } from "./targetFacts.ts";

describe("what the target's administrator may give nobody", () => {
  let pair: LabPair;
  before(async () => {
    pair = await startPair({ from: 15, to: 17 });
    await createGlaze(
      pair,
      "alter table entries enable row level security; alter role glaze in database glaze set glaze.tenant = 'kiln'; create policy own on entries using (true)",
      "superuser",
    );
    await inGlaze(pair, (client) =>
      client.query(
        `alter role glaze nosuperuser bypassrls; alter role glaze set log_min_duration_statement = 100; alter role glaze set work_mem = '8MB';
         alter database glaze set geqo_threshold = 20; grant pg_monitor, pg_read_all_data to glaze`,
      ),
    );
    const provider = await pair.target.superuser();
    await provider.query(
      "alter role doadmin nobypassrls; grant set on parameter log_statement to doadmin; grant pg_read_all_stats to doadmin with admin option",
    );
    await provider.end();
  });
  after(() => pair[Symbol.asyncDispose]());

  test("each is read, what it may give is not among it", async () => {
    const { connect, source, target } = moveOrder(pair);
    await using database = await connect({ ...source.admin, database: "glaze" });
    await using admin = await connect(target.admin);
    const facts = await readSourceFacts(database);
    assert.deepEqual(facts.rowSecurity, ["public.entries"]);
    assert.deepEqual(facts.loginSettings, [
      { role: "glaze", isOfDatabase: true, name: "glaze.tenant" },
      { role: "glaze", isOfDatabase: false, name: "log_min_duration_statement" },
      { role: "glaze", isOfDatabase: false, name: "work_mem" },
      { role: null, isOfDatabase: true, name: "geqo_threshold" },
    ]);
    const glaze = facts.roles?.find(({ name }) => name === "glaze");
    assert.equal(glaze?.bypassesRowSecurity, true);
    assert.deepEqual(glaze.serverRoles, ["pg_monitor", "pg_read_all_data"]);
    assert.equal(facts.roles?.find(({ name }) => name === "keeper")?.bypassesRowSecurity ?? false, false);

    const wanted = {
      database: "glaze",
      roles: [{ ...glaze, serverRoles: ["pg_monitor", "pg_read_all_stats", "pg_of_tomorrow"] }],
      loginSettings: ["log_min_duration_statement", "log_statement", "Work_Mem", "glaze.tenant", "gone"].map(
        (name) => ({ role: null, isOfDatabase: true, name }),
      ),
    };
    const { refusedSettings, refusedGroups } = await readTargetFacts(admin, wanted, runNames("lab1"));
    assert.deepEqual(refusedSettings, ["glaze.tenant", "gone", "log_min_duration_statement"]);
    assert.deepEqual(refusedGroups, ["pg_monitor", "pg_of_tomorrow"]);
    const bySocket = { ...target.admin, ...pair.target.server.superuser, tls: { mode: "off" } } as const;
    await using superuser = await connect(bySocket);
    const all = await readTargetFacts(superuser, wanted, runNames("lab1"));
    assert.deepEqual([all.refusedSettings, all.refusedGroups], [["gone"], ["pg_of_tomorrow"]]);
  });

  test("a move that would lose it begins when the statements it prints were run", async () => {
    const problems = await assertReady(moveOrder(pair)).then(
      () => assert.fail("it was ready"),
      (error: unknown) => (error instanceof OutgrowError ? error.problems : assert.fail(String(error))),
    );
    assert.deepEqual(
      problems.map(({ message }) => message),
      [
        "the role glaze of the source: it is a member of pg_read_all_data, and doadmin may make nobody that on the target.",
        "the role glaze of the source: it has BYPASSRLS, which doadmin may give nobody on the target: after the switch the policies of public.entries would hide rows from it.",
        "the setting glaze.tenant of the role glaze: doadmin may not give it on the target, so it is not carried over.",
      ],
    );
    const said = problems.map(({ hint = "" }) => hint).join("\n");
    const statements = said.match(/(CREATE POLICY|GRANT|REVOKE|ALTER ROLE)[^;]*;/g) ?? [];
    assert.equal(statements.length, 6, said);
    for (const statement of statements) await inGlaze(pair, (client) => client.query(statement));
    await assertReady(moveOrder(pair));
  });
});
