import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { parse } from "yaml";
import { type AuditCase, findingsOf } from "../../test/auditCases.ts";
import type { Facts, KubeObject } from "../model/facts.ts";
import { CHECKS } from "./checks.ts";

const product = { name: "ready", ...parse(readFileSync("src/audit/ready.yaml", "utf8")) } as AuditCase;
const around = parse(readFileSync("src/audit/readyHosts.yaml", "utf8"), { merge: true }) as Surroundings;
const ready = together(product, around);

interface Surroundings {
  readonly hosts: NonNullable<AuditCase["hosts"]>;
  readonly cloud: Facts["cloud"];
  readonly signals: Facts["signals"];
  readonly objects: readonly KubeObject[];
  readonly files: Readonly<Record<string, string>>;
}

/** The product, its hosts and all that is around them. */
function together(inside: AuditCase, { hosts, cloud, signals, objects, files }: Surroundings): AuditCase {
  const { cluster, repository } = inside.facts ?? {};
  const more = Object.entries(files).map(([path, text]) => ({ path, text }));
  return {
    ...inside,
    hosts,
    objects: [...(cluster?.objects ?? []), ...objects],
    facts: {
      ...inside.facts,
      cloud,
      signals,
      repository: { objects: [], ...repository, files: [...(repository?.files ?? []), ...more] },
    },
  };
}

test("a product that is ready for two hosts yields nothing above informs", () => {
  const findings = findingsOf(ready, CHECKS);
  assert.deepEqual(
    findings.filter(({ severity }) => severity !== "informs"),
    [],
  );
});

test("a planted fault in it is found", () => {
  const objects = ready.objects ?? [];
  const pinned = {
    apiVersion: "v1",
    kind: "PersistentVolume",
    metadata: { name: "pvc-1" },
    spec: { claimRef: { namespace: "default", name: "media" }, persistentVolumeReclaimPolicy: "Delete" },
  };
  const before = findingsOf(ready, CHECKS).length;
  assert.equal(findingsOf({ ...ready, objects: [...objects, pinned] }, CHECKS).length, before + 1);
});

test("each layer of the surroundings is really looked at", () => {
  const faults: readonly Partial<Surroundings>[] = [
    { hosts: { ...around.hosts, "glaze-prod": { ...around.hosts["glaze-prod"], nft: "" } } },
    {
      cloud:
        around.cloud === null
          ? null
          : { ...around.cloud, firewalls: around.cloud.firewalls.map((each) => ({ ...each, inbound: [] })) },
    },
    { signals: [{ id: "node-cpu", source: null, why: null, fix: null }] },
    { files: { ...around.files, "scripts/old.sh": "kubectl rollout pause deployment/glaze-web" } },
  ];
  for (const fault of faults) {
    const found = findingsOf(together(product, { ...around, ...fault }), CHECKS);
    assert.ok(
      found.some(({ severity }) => severity !== "informs"),
      JSON.stringify(Object.keys(fault)),
    );
  }
});
