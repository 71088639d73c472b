import assert from "node:assert/strict";
import { test } from "node:test";
import { hostFactsOf } from "../../test/hostCases.ts";
import { OutgrowError } from "../model/error.ts";
import { parseFacts } from "./parseFacts.ts";

const pod = { apiVersion: "v1", kind: "Pod", metadata: { name: "a" }, spec: { containers: [{ name: "c" }] } };
const sound = {
  version: 1,
  readAt: "2026-11-23T19:32:00Z",
  cluster: { version: null, objects: [pod] },
  hosts: { "glaze-prod": hostFactsOf("glaze-prod", {}) },
  repository: { files: [{ path: "deploy.sh", text: "" }], objects: [] },
  cloud: null,
  signals: null,
  gaps: [],
};

/** As a version wrote it that asked less of both servers. */
const older = {
  source: {
    version: 150018,
    database: "glaze",
    isSuperuser: true,
    walLevel: "logical",
    freeSlots: 10,
    freeSenders: 10,
    slotKeepBytes: null,
    bytes: 1_200_000,
    extensions: [],
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
  },
  target: {
    version: 170010,
    user: "doadmin",
    walLevel: "logical",
    freeSlots: 10,
    connections: 22,
    takenConnections: 1,
    extensions: [],
    namesake: "absent",
    clock: "2026-11-23T19:32:00.100Z",
  },
};

test("what an older version did not ask of the servers of a move may be absent, and what a newer one did is read", () => {
  const newer = {
    source: { ...older.source, slots: ["debezium"], tables: 41, lockRoom: 6_400 },
    target: { ...older.target, slotKeepBytes: null, lockRoom: 1_600 },
  };
  for (const postgres of [older, newer]) {
    const facts = { ...sound, postgres };
    assert.deepEqual(parseFacts(JSON.stringify(facts), "facts.json"), facts);
  }
});

test("what outgrow facts writes is read as it is", () => {
  assert.deepEqual(parseFacts(JSON.stringify(sound), "facts.json"), sound);
});

const wrong: readonly (readonly [facts: unknown, message: string])[] = [
  [{ ...sound, version: 2 }, "facts.json holds facts of version 2; this outgrow reads 1."],
  [{ findings: [] }, "facts.json is not a file of facts."],
  [[], "facts.json is not a file of facts."],
  [{ version: 1 }, "facts.json holds no sound facts: readAt must be a text."],
  [{ ...sound, hosts: [] }, "facts.json holds no sound facts: hosts must be a mapping."],
  [
    { ...sound, hosts: { "glaze-prod": { ...sound.hosts["glaze-prod"], addresses: null } } },
    "facts.json holds no sound facts: hosts.glaze-prod.addresses must be a list.",
  ],
  [
    { ...sound, cluster: { version: null, objects: [{ ...pod, metadata: {} }] } },
    "facts.json holds no sound facts: cluster.objects[0].metadata.name must be a text.",
  ],
  [
    { ...sound, cluster: { version: null, objects: [pod, { ...pod, spec: { containers: 5 } }] } },
    "facts.json holds no sound facts: cluster.objects[1].spec.containers must be a list.",
  ],
  [
    { ...sound, postgres: { source: {} } },
    "facts.json holds no sound facts: postgres.source.version must be a number.",
  ],
  [
    { ...sound, postgres: { ...older, source: { ...older.source, roles: [{ name: "glaze" }] } } },
    "facts.json holds no sound facts: postgres.source.roles[0].mayLogIn must be true or false.",
  ],
  [{ ...sound, cloud: { droplets: [] } }, "facts.json holds no sound facts: cloud.vpcs must be a list."],
];

for (const [facts, message] of wrong) {
  test(`refused: ${message}`, () => assert.equal(messageOf(JSON.stringify(facts)), message));
}

test("a file that was cut off is told as no JSON", () => {
  assert.match(messageOf(JSON.stringify(sound).slice(0, 100)), /^facts\.json is not JSON: .+\.$/);
});

function messageOf(text: string): string {
  try {
    parseFacts(text, "facts.json");
  } catch (error) {
    assert.ok(error instanceof OutgrowError && error.code === "file", String(error));
    return error.message;
  }
  return assert.fail("it was accepted");
}
