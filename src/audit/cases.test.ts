import assert from "node:assert/strict";
import { globSync } from "node:fs";
import { test } from "node:test";
import { CHECKS_FOLDER, findingsOf, readAuditCases } from "../../test/auditCases.ts";
import { CHECKS } from "./checks.ts";

const FEWEST_CASES = 3;

for (const check of CHECKS) {
  const cases = readAuditCases(check.id);

  for (const each of cases) {
    test(`${check.id}: ${each.name}`, () => {
      const found = findingsOf(each, [check]).map(({ id: _id, docs: _docs, ...rest }) => rest);
      assert.deepEqual(found, each.expect);
    });
  }

  test(`${check.id} has a hit, a miss and a near miss at least`, () => {
    assert.ok(cases.length >= FEWEST_CASES, `${cases.length} cases`);
    assert.ok(cases.some(({ expect }) => expect.length > 0));
    assert.ok(cases.some(({ expect }) => expect.length === 0));
  });
}

test("every check is in the list, under the name of its file", () => {
  const files = globSync(`${CHECKS_FOLDER}/*/*.ts`).map((file) =>
    file.slice(CHECKS_FOLDER.length + 1, -".ts".length),
  );
  assert.deepEqual(CHECKS.map(({ id }) => id).sort(), files.sort());
});

test("a case that expects something else is noticed", () => {
  for (const check of CHECKS) {
    const hit = readAuditCases(check.id).find(({ expect }) => expect.length > 0);
    assert.ok(hit !== undefined, check.id);
    const { facts: _facts, objects: _objects, files: _files, hosts: _hosts, ...rest } = hit;
    assert.notDeepEqual(findingsOf(rest, [check]), findingsOf(hit, [check]));
  }
});

test("where nothing is known, nothing is found", () => {
  assert.deepEqual(findingsOf({ name: "nothing", expect: [] }, CHECKS), []);
});
