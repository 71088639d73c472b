import assert from "node:assert/strict";
import { test } from "node:test";
import type { PostgresSourceFacts, PostgresTargetFacts } from "../../model/postgresFacts.ts";
import { chooseDriver } from "./chooseDriver.ts";
import { preflight } from "./preflight.ts";

const SOURCE: PostgresSourceFacts = {
  version: 150018,
  database: "glaze",
  isSuperuser: true,
  walLevel: "logical",
  freeSlots: 10,
  freeSenders: 10,
  slotKeepBytes: 2e9,
  bytes: 1_200_000_000,
  locale: { encoding: "UTF8", collate: "C", ctype: "C" },
  extensions: [{ name: "citext", version: "1.6" }],
  tablesWithoutIdentity: [],
  tablesWithoutEquality: [],
  keylessTables: [],
  unloggedTables: [],
  foreignTables: [],
  forcedRowSecurity: [],
  alwaysTriggers: [],
  eventTriggers: [],
  largeObjects: 0,
  preparedTransactions: [],
  oldestTransactionMs: 0,
  md5Roles: [],
  otherDatabases: [],
  clock: "2026-11-23T19:32:00.000Z",
};

const TARGET: PostgresTargetFacts = {
  version: 170010,
  user: "doadmin",
  isSuperuser: false,
  maySubscribe: true,
  mayReplicate: true,
  mayCreateDatabases: true,
  mayCreateRoles: true,
  bypassesRowSecurity: true,
  walLevel: "logical",
  freeSlots: 10,
  replicationWorkers: 4,
  connections: 22,
  takenConnections: 3,
  extensions: [{ name: "citext", version: "1.6" }],
  namesake: "absent",
  clock: "2026-11-23T19:32:00.100Z",
};

/** One fact changed, and what is said of it. */
const CASES: readonly {
  readonly source?: Partial<PostgresSourceFacts>;
  readonly target?: Partial<PostgresTargetFacts>;
  readonly says: string;
}[] = [
  { target: { version: 140010 }, says: "blocks postgres/older-target" },
  { source: { isSuperuser: false }, says: "blocks postgres/source-rights" },
  { target: { mayCreateRoles: false }, says: "blocks postgres/target-rights" },
  { target: { namesake: "foreign" }, says: "blocks postgres/name-taken" },
  { source: { preparedTransactions: ["x"] }, says: "blocks postgres/prepared-transactions" },
  { source: { md5Roles: ["glaze"] }, says: "blocks postgres/md5-passwords" },
  { target: { takenConnections: 20 }, says: "blocks postgres/target-connections" },
  { target: { clock: "2026-11-23T19:32:05.000Z" }, says: "warns postgres/clock-skew" },
  { source: { otherDatabases: ["other"] }, says: "warns postgres/other-databases" },
  { target: { extensions: [] }, says: "blocks postgres/extension" },
  { source: { eventTriggers: ["e"] }, says: "blocks postgres/event-triggers" },
  { source: { foreignTables: ["public.f"] }, says: "warns postgres/foreign-tables" },
  {
    source: { forcedRowSecurity: ["public.r"] },
    target: { bypassesRowSecurity: false },
    says: "blocks postgres/row-security",
  },
  { source: { walLevel: "replica" }, says: "blocks postgres/wal-level" },
  { source: { freeSlots: 1 }, says: "blocks postgres/slots" },
  { target: { maySubscribe: false }, says: "blocks postgres/subscribe" },
  { source: { tablesWithoutIdentity: ["public.t"] }, says: "blocks postgres/identity" },
  { source: { tablesWithoutEquality: ["public.t"] }, says: "blocks postgres/equality" },
  { source: { alwaysTriggers: ["public.t.g"] }, says: "blocks postgres/always-triggers" },
  { source: { largeObjects: 2 }, says: "blocks postgres/large-objects" },
  { source: { unloggedTables: ["public.u"] }, says: "warns postgres/unlogged" },
  { source: { oldestTransactionMs: 600_000 }, says: "warns postgres/long-transaction" },
  { source: { slotKeepBytes: null }, says: "warns postgres/slot-keep" },
];

for (const { source, target, says } of CASES) {
  test(says, () => {
    const { findings, stream } = preflight({
      source: { ...SOURCE, ...source },
      target: { ...TARGET, ...target },
    });
    assert.deepEqual(
      [...findings, ...stream].map(({ severity, id }) => `${severity} ${id}`),
      [says],
    );
  });
}

test("all is well", () => {
  const context = { source: SOURCE, target: TARGET };
  assert.deepEqual(preflight(context), { findings: [], stream: [] });
  assert.deepEqual(chooseDriver(context, preflight(context)), {
    driver: "subscription",
    why: "it copies and follows while the database is written to",
    pauseMs: 2_000,
    durationMs: 210_000,
    canReturn: true,
  });
});

test("what cannot be streamed is copied while writes are held, and says why", () => {
  const context = { source: { ...SOURCE, walLevel: "replica" }, target: { ...TARGET, mayReplicate: false } };
  assert.deepEqual(chooseDriver(context, preflight(context)), {
    driver: "offline",
    why: "streaming is not possible: the source: wal_level = replica",
    pauseMs: 152_000,
    durationMs: 212_000,
    canReturn: false,
  });
});
