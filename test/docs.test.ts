import assert from "node:assert/strict";
import { test } from "node:test";
import { pagesOf, stalePages } from "../scripts/docs.ts";
import { CHECKS } from "../src/audit/checks.ts";

const pages = pagesOf(CHECKS);

test("docs/checks/ is what the checks say; npm run docs writes it", () => {
  assert.deepEqual(stalePages(pages), []);
});

test("a stale page, a missing one and one too many are noticed", () => {
  const file = "docs/checks/storage/local-volume.md";
  const page = pages.get(file) ?? "";
  assert.match(page, /^# A volume is bound to one host\n/);
  assert.deepEqual(stalePages(new Map([...pages, [file, `${page}one more word\n`]])), [file]);
  assert.deepEqual(stalePages(new Map([...pages, ["docs/checks/storage/none.md", "x"]])), [
    "docs/checks/storage/none.md",
  ]);
  assert.deepEqual(stalePages(new Map([...pages].filter(([each]) => each !== file))), [file]);
});
