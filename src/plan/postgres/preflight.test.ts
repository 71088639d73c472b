import assert from "node:assert/strict";
import { test } from "node:test";
import type { ConnectionDemand } from "../../model/connectionDemand.ts";
import type {
  LoginSettingFact,
  PostgresRole,
  PostgresSourceFacts,
  PostgresTargetFacts,
} from "../../model/postgresFacts.ts";
import { chooseDriver, holdLimit } from "./chooseDriver.ts";
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

const ROLE: PostgresRole = {
  name: "postgres",
  mayLogIn: true,
  isSuperuser: true,
  memberOf: [],
  owned: 0,
  firstOwned: null,
  rights: 0,
  sessions: 0,
};

/** As the official image makes it, where nothing else was asked for. */
const OWNING: PostgresRole = { ...ROLE, owned: 41, firstOwned: "table public.orders" };
const GLAZE: PostgresRole = { ...OWNING, name: "glaze", isSuperuser: false };
const BYPASSING: Partial<PostgresSourceFacts> = {
  roles: [{ ...GLAZE, bypassesRowSecurity: true }],
  rowSecurity: ["public.notes"],
};
/** The target's, whatever was moved there. */
const TAKEN = [
  { name: "doadmin", isProviders: true },
  { name: "postgres", isProviders: true },
];

/** With the move's own three and the three taken it fits to the last connection. */
const DEMAND: ConnectionDemand = {
  steady: 8,
  peak: 16,
  parts: ["Deployment default/web 1 + 1 in a rollout × 8 (2 workers × 4 threads)"],
};

/** One fact changed, and what is said of it. */
const CASES: readonly {
  readonly source?: Partial<PostgresSourceFacts>;
  readonly target?: Partial<PostgresTargetFacts>;
  readonly says: string | null;
}[] = [
  { target: { version: 140010 }, says: "blocks postgres/older-target" },
  { source: { isSuperuser: false }, says: "blocks postgres/source-rights" },
  { target: { mayCreateRoles: false }, says: "blocks postgres/target-rights" },
  { target: { namesake: "foreign" }, says: "blocks postgres/name-taken" },
  { source: { preparedTransactions: ["x"] }, says: "blocks postgres/prepared-transactions" },
  { source: { md5Roles: ["glaze"] }, says: "blocks postgres/md5-passwords" },
  { target: { takenConnections: 20 }, says: "blocks postgres/connection-budget" },
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
  { source: { tables: 9_000, lockRoom: 9_100 }, target: { lockRoom: 9_100 }, says: null },
  {
    source: { tables: 9_000, lockRoom: 9_099 },
    target: { lockRoom: 9_100 },
    says: "blocks postgres/lock-room",
  },
  {
    source: { tables: 9_000, lockRoom: 9_100 },
    target: { lockRoom: 9_099 },
    says: "blocks postgres/lock-room",
  },
  { target: { replicationWorkers: 1 }, says: "blocks postgres/replication-workers" },
  { target: { extensions: [{ name: "citext", version: "1.10" }] }, says: null },
  { target: { extensions: [{ name: "citext", version: "1.5" }] }, says: "warns postgres/extension-version" },
  { target: { locale: { isThere: false, version: null } }, says: "blocks postgres/locale" },
  { target: { locale: { isThere: true, version: "2.36" } }, says: null },
  {
    source: { locale: { ...SOURCE.locale, version: "2.36" } },
    target: { locale: { isThere: true, version: "2.41" } },
    says: "warns postgres/collation-version",
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
  { source: { roles: [OWNING] }, target: { roles: TAKEN }, says: "blocks postgres/role-taken" },
  {
    source: { extensionRows: [{ extension: "pg_cron", table: "cron.job", condition: "", rows: 2 }] },
    says: "warns postgres/extension-rows",
  },
  { source: { subscriptions: [{ name: "s", slot: "s" }] }, says: "blocks postgres/own-subscription" },
  { source: { publications: ["dbz"] }, says: "warns postgres/foreign-readers" },
  { source: { slots: ["debezium"] }, says: "warns postgres/foreign-readers" },
  { target: { slotKeepBytes: null }, says: "warns postgres/return-keep" },
  {
    source: { roles: [{ ...GLAZE, serverRoles: ["pg_monitor", "pg_read_all_stats"] }] },
    target: { refusedGroups: ["pg_monitor"] },
    says: "warns postgres/role-membership",
  },
  {
    source: { roles: [{ ...GLAZE, serverRoles: ["pg_write_all_data"] }] },
    target: { refusedGroups: ["pg_write_all_data"] },
    says: "blocks postgres/role-membership",
  },
  {
    source: { roles: [{ ...GLAZE, isSuperuser: true, serverRoles: ["pg_monitor"] }] },
    target: { refusedGroups: ["pg_monitor"] },
    says: null,
  },
  { source: BYPASSING, target: { bypassesRowSecurity: false }, says: "blocks postgres/row-security-bypass" },
  { source: { ...BYPASSING, rowSecurity: [] }, target: { bypassesRowSecurity: false }, says: null },
  { source: BYPASSING, says: null },
  {
    source: { ...BYPASSING, version: 150018 },
    target: { version: 150018 },
    says: "blocks postgres/row-security-bypass",
  },
  { source: BYPASSING, target: { version: 150018, isSuperuser: true }, says: null },
  {
    source: { loginSettings: [settingOf("glaze", "log_statement"), settingOf(null, "work_mem")] },
    target: { refusedSettings: ["log_statement"] },
    says: "warns postgres/login-setting",
  },
  {
    source: { loginSettings: [settingOf(null, "glaze.tenant")] },
    target: { refusedSettings: ["glaze.tenant"] },
    says: "blocks postgres/login-setting",
  },
  {
    source: { loginSettings: [settingOf("postgres", "glaze.tenant")] },
    target: { refusedSettings: ["glaze.tenant"], roles: TAKEN },
    says: null,
  },
  { target: { slotKeepBytes: 2e9 }, says: null },
  { target: { slotKeepBytes: null, freeSlots: 1 }, says: null },
];

function settingOf(role: string | null, name: string): LoginSettingFact {
  return { role, isOfDatabase: role === null, name };
}

for (const { source, target, says } of CASES) {
  test(says ?? `nothing of ${JSON.stringify({ ...source, ...target })}`, () => {
    const { findings, stream } = preflight({
      source: { ...SOURCE, ...source },
      target: { ...TARGET, ...target },
      demand: DEMAND,
    });
    assert.deepEqual(
      [...findings, ...stream].map(({ severity, id }) => `${severity} ${id}`),
      says === null ? [] : [says],
    );
  });
}

/** Who is on the source while the target has doadmin and postgres, and what is said of it. */
const ROLES: readonly (readonly [what: string, roles: readonly PostgresRole[], says: string | null])[] = [
  ["the superuser owns nothing, and looks in", [{ ...ROLE, rights: 2, sessions: 1 }, GLAZE], null],
  ["whose name the target does not have", [GLAZE], null],
  ["the superuser may not log in", [{ ...OWNING, mayLogIn: false }], null],
  ["the superuser owns all, and nobody is there now", [OWNING], "blocks"],
  ["another one may read it all", [OWNING, { ...GLAZE, owned: 0, rights: 41 }], "blocks"],
  ["another one owns less", [OWNING, { ...GLAZE, owned: 40 }], "blocks"],
  ["who owns as much may not log in", [OWNING, { ...GLAZE, mayLogIn: false }], "blocks"],
  ["the superuser made a table once", [{ ...OWNING, owned: 1 }, GLAZE], "warns"],
  ["and is there now", [{ ...OWNING, owned: 1, sessions: 1 }, GLAZE], "blocks"],
  [
    "another one owns as much by a group",
    [OWNING, { ...GLAZE, owned: 0, memberOf: ["staff"] }, { ...GLAZE, name: "staff", mayLogIn: false }],
    "warns",
  ],
  ["a log-in role owns things", [{ ...GLAZE, name: "doadmin", owned: 1 }, GLAZE], "blocks"],
  ["a log-in role was given rights", [{ ...GLAZE, name: "doadmin", owned: 0, rights: 1 }, GLAZE], "blocks"],
  ["a log-in role looks in", [{ ...GLAZE, name: "doadmin", owned: 0, sessions: 1 }, GLAZE], null],
  [
    "a member of a group with rights",
    [{ ...GLAZE, name: "doadmin", owned: 0, memberOf: ["glaze"] }, GLAZE],
    "blocks",
  ],
  [
    "a group that somebody is a member of",
    [
      { ...GLAZE, name: "doadmin", mayLogIn: false },
      { ...GLAZE, owned: 0, memberOf: ["doadmin"] },
    ],
    "blocks",
  ],
  ["a group of nobody", [{ ...GLAZE, name: "doadmin", mayLogIn: false }, GLAZE], null],
];

for (const [what, roles, says] of ROLES) {
  test(`roles whose name is taken: ${what}`, () => {
    const context = { source: { ...SOURCE, roles }, target: { ...TARGET, roles: TAKEN }, demand: DEMAND };
    assert.deepEqual(
      preflight(context).findings.map(({ id, severity }) => [id, severity]),
      says === null ? [] : [["postgres/role-taken", says]],
    );
  });
}

test("what older versions did not ask is not known, and nothing is said of it", () => {
  const roles = [OWNING];
  assert.deepEqual(preflight({ source: { ...SOURCE, roles }, target: TARGET, demand: DEMAND }).findings, []);
  const target = { ...TARGET, roles: TAKEN };
  assert.deepEqual(preflight({ source: SOURCE, target, demand: DEMAND }).findings, []);
});

/** Of 22 connections: what is needed, what others hold, and what is said of it. */
const BUDGETS: readonly {
  readonly peak: number;
  readonly taken: number;
  readonly says: readonly [string, string] | null;
}[] = [
  { peak: 0, taken: 17, says: null },
  {
    peak: 0,
    taken: 18,
    says: [
      "the move itself needs 5 connections of 22, 18 of them taken by others",
      "End some, or take a larger size.",
    ],
  },
  { peak: 19, taken: 0, says: null },
  {
    peak: 20,
    taken: 0,
    says: [
      "the application needs 8 connections, 20 in a rollout, and 3 of the move itself, of 22: web",
      "Lower threads or concurrency until 20 is 19 or less, or set maxSurge: 0 and maxUnavailable: 1, or put a pool of at most 19 in front (transaction mode wants DISABLE_SERVER_SIDE_CURSORS: True), or take a larger size.",
    ],
  },
  { peak: 16, taken: 3, says: null },
  {
    peak: 16,
    taken: 4,
    says: [
      "the application needs 8 connections, 16 in a rollout, and 3 of the move itself, of 22, 4 of them taken by others: web",
      "Lower threads or concurrency until 16 is 15 or less, or set maxSurge: 0 and maxUnavailable: 1, or put a pool of at most 15 in front (transaction mode wants DISABLE_SERVER_SIDE_CURSORS: True), or take a larger size.",
    ],
  },
];

for (const { peak, taken, says } of BUDGETS) {
  test(`${peak} connections wanted and ${taken} taken of 22: ${says === null ? "fits" : "is refused"}`, () => {
    const { findings } = preflight({
      source: SOURCE,
      target: { ...TARGET, takenConnections: taken },
      demand: { steady: 8, peak, parts: ["web"] },
    });
    assert.deepEqual(
      findings.map(({ id, severity, evidence, fix }) => [id, severity, evidence, fix]),
      says === null ? [] : [["postgres/connection-budget", "blocks", ...says]],
    );
  });
}

test("all is well", () => {
  const context = { source: SOURCE, target: TARGET, demand: DEMAND };
  assert.deepEqual(preflight(context), { findings: [], stream: [] });
  assert.deepEqual(chooseDriver(context, preflight(context), true), {
    driver: "subscription",
    why: "copied and followed while it is written to",
    pauseMs: 2_000,
    homePauseMs: 2_000,
    durationMs: 210_000,
    canReturn: true,
  });
});

test("what cannot be streamed is copied while writes are held, and says why", () => {
  const context = {
    source: { ...SOURCE, walLevel: "replica" },
    target: { ...TARGET, mayReplicate: false },
    demand: DEMAND,
  };
  assert.deepEqual(chooseDriver(context, preflight(context), true), {
    driver: "offline",
    why: "copied while nobody can write, for it cannot be followed: the source: wal_level = replica",
    pauseMs: 152_000,
    homePauseMs: 2_000,
    durationMs: 212_000,
    canReturn: false,
  });
});

test("writes are let go of after a minute, and later where nobody can write while rows are copied", () => {
  assert.equal(holdLimit(2_000), 60_000);
  assert.equal(holdLimit(152_001), 457_000);
});

test("where we may not subscribe the provider's own migration follows, if there is one", () => {
  const context = { source: SOURCE, target: { ...TARGET, maySubscribe: false }, demand: DEMAND };
  assert.deepEqual(chooseDriver(context, preflight(context), true), {
    driver: "provider",
    why: "copied and followed by the provider's online migration while it is written to, for the role doadmin of the target: it may not create a subscription",
    pauseMs: 2_000,
    homePauseMs: 2_000,
    durationMs: 210_000,
    canReturn: true,
  });
  assert.equal(chooseDriver(context, preflight(context), false).driver, "offline");
});
