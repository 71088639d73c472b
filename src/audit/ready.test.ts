import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { parse } from "yaml";
import { type AuditCase, findingsOf } from "../../test/auditCases.ts";
import { CHECKS } from "./checks.ts";

const ready = { name: "ready", ...parse(readFileSync("src/audit/ready.yaml", "utf8")) } as AuditCase;

test("a product that is ready for two hosts yields nothing above informs", () => {
  const findings = findingsOf(ready, CHECKS);
  assert.deepEqual(
    findings.filter(({ severity }) => severity !== "informs"),
    [],
  );
});

test("a planted fault in it is found", () => {
  const objects = ready.facts?.cluster?.objects ?? [];
  const pinned = {
    apiVersion: "v1",
    kind: "PersistentVolume",
    metadata: { name: "pvc-1" },
    spec: { claimRef: { namespace: "default", name: "media" }, persistentVolumeReclaimPolicy: "Delete" },
  };
  const before = findingsOf(ready, CHECKS).length;
  assert.equal(findingsOf({ ...ready, objects: [...objects, pinned] }, CHECKS).length, before + 1);
});
