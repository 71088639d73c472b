import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { tempFolder } from "../../lab/temp.ts";
import { recordedSteps } from "./recorded.ts";
import { parseSession, play } from "./session.ts";

const now = Date.UTC(2026, 10, 23, 19, 32);

test("the command line, asked the wrong way", async (t) => {
  using folder = tempFolder("session");
  const home = process.cwd();
  process.chdir(folder.path);
  try {
    await recordedSteps(t, "usage.session", { now });
  } finally {
    process.chdir(home);
  }
});

test("a transcript that differs in one character is noticed", async () => {
  const text = readFileSync(new URL("usage.session", import.meta.url), "utf8");
  const [first] = parseSession(text);
  assert.ok(first !== undefined);
  assert.notEqual(`${await play(first.command, { now })}.`, first.transcript);
});
