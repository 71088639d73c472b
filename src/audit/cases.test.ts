import assert from "node:assert/strict";
import { existsSync, globSync, readFileSync } from "node:fs";
import { test } from "node:test";
import { parse } from "yaml";
import { FACTS_VERSION, type Facts } from "../model/facts.ts";
import type { Finding } from "../model/finding.ts";
import { audit } from "./audit.ts";
import { CHECKS } from "./checks.ts";
import { DEFAULT_INTENT, type Intent } from "./intent.ts";

/** Facts in, findings out, as data: `checks/<area>/<name>.cases.yaml`. Adding a case needs no code. */
interface Case {
  readonly name: string;
  readonly facts: Partial<Facts>;
  readonly intent?: Partial<Intent>;
  readonly expect: readonly Partial<Finding>[];
}

const folder = "src/audit/checks";
const FEWEST_CASES = 3;

for (const check of CHECKS) {
  const cases = readCases(`${folder}/${check.id}.cases.yaml`);

  for (const each of cases) {
    test(`${check.id}: ${each.name}`, () => {
      assert.deepEqual(findings(each, [check]), each.expect);
    });
  }

  test(`${check.id} has a hit, a miss and a near miss at least`, () => {
    assert.ok(cases.length >= FEWEST_CASES, `${cases.length} cases`);
    assert.ok(cases.some(({ expect }) => expect.length > 0));
    assert.ok(cases.some(({ expect }) => expect.length === 0));
  });
}

test("every check is in the list, under the name of its file", () => {
  const files = globSync(`${folder}/**/*.ts`).map((file) => file.slice(folder.length + 1, -".ts".length));
  assert.deepEqual(CHECKS.map(({ id }) => id).sort(), files.sort());
});

test("a case that expects something else is noticed", () => {
  for (const check of CHECKS) {
    const hit = readCases(`${folder}/${check.id}.cases.yaml`).find(({ expect }) => expect.length > 0);
    assert.ok(hit !== undefined);
    assert.notDeepEqual(findings({ ...hit, facts: {} }, [check]), hit.expect);
  }
});

function readCases(file: string): readonly Case[] {
  return existsSync(file) ? (parse(readFileSync(file, "utf8")) as readonly Case[]) : [];
}

function findings({ facts, intent }: Case, checks: typeof CHECKS): readonly Partial<Finding>[] {
  const whole: Facts = {
    version: FACTS_VERSION,
    readAt: "2026-11-23T19:32:00Z",
    repository: null,
    cloud: null,
    signals: null,
    gaps: [],
    ...facts,
    hosts: facts.hosts ?? {},
    cluster: facts.cluster ?? null,
  };
  return audit(checks, whole, { ...DEFAULT_INTENT, ...intent }).map(
    ({ id: _id, docs: _docs, ...rest }) => rest,
  );
}
