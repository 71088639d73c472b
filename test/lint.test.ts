import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { test } from "node:test";

test("the formatter and the linter have nothing to say", () => {
  isContent(run("@biomejs/biome/bin/biome", ["check", "--error-on-warnings", "."]));
});

test("the types hold", () => {
  isContent(run("typescript/bin/tsc", ["--noEmit"]));
});

test("nothing is exported, installed or written that is not used", () => {
  isContent(run("knip/bin/knip.js", []));
});

test("the tool for unused exports sees a planted one", () => {
  const report = run("knip/bin/knip.js", ["--directory", "test/fixtures/unused"]);
  assert.match(report, /Unused exports \(1\)\s+forgotten\s+function\s+src\/library\.ts/);
  assert.match(report, /Unused files \(1\)\s+src\/orphan\.ts/);
});

function isContent(report: string): void {
  if (report !== "") assert.fail(report);
}

/** What a tool says when it fails; empty when it is content. */
function run(tool: string, args: readonly string[]): string {
  const { status, stdout, stderr } = spawnSync(process.execPath, [`node_modules/${tool}`, ...args], {
    encoding: "utf8",
  });
  return status === 0 ? "" : `${stdout}${stderr}`;
}
