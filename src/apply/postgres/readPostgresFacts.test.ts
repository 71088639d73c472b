import assert from "node:assert/strict";
import { test } from "node:test";
import { configOf, factsOf, readPlanCases } from "../../../test/planCases.ts";
import { readFacts } from "../../facts/readFacts.ts";
import type { ReachWorld } from "./reach.ts";
import { readPostgresFacts } from "./readPostgresFacts.ts";

/** Nobody is to be asked. */
const NOWHERE: ReachWorld = {
  kube: {
    request: () => assert.fail("the cluster was asked"),
    [Symbol.asyncDispose]: async () => undefined,
  },
  host: () => assert.fail("a host was asked"),
  secret: () => assert.fail("a secret was asked for"),
};

const MISSING = { missing: "not asked for." };

test("a password that nothing gives costs the facts of both servers, and no other part", async () => {
  const each = readPlanCases().find(({ name }) => name === "a server that nothing gives the password of");
  assert.ok(each !== undefined);
  const { cluster, hosts } = factsOf(each);
  assert.ok(cluster !== null);
  const config = configOf(each);
  const facts = await readFacts(
    {
      cluster: async () => ({ value: cluster, gaps: [] }),
      hosts: Object.fromEntries(
        Object.entries(hosts).map(([name, host]) => [name, async () => ({ value: host, gaps: [] })]),
      ),
      repository: MISSING,
      cloud: MISSING,
      signals: MISSING,
      postgres: (found) => readPostgresFacts(config, found, NOWHERE),
    },
    0,
  );
  assert.deepEqual(facts.cluster, cluster);
  assert.equal(facts.postgres, undefined);
  assert.deepEqual(
    facts.gaps.filter(({ area }) => area === "postgres"),
    [
      {
        area: "postgres",
        subject: "all of it",
        reason: "failed",
        message:
          "neither server was asked: postgres.password is needed: the facts of the cluster do not tell it. " +
          "Write postgres: { user: postgres, password: { env: POSTGRES_PASSWORD } }.",
      },
    ],
  );
});
