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
