import assert from "node:assert/strict";
import { truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { tempFolder } from "../../lab/temp.ts";
import { OutgrowError } from "../model/error.ts";
import { readTextFile } from "./files.ts";

function refusal(file: string, hint?: string): readonly (string | undefined)[] {
  try {
    readTextFile(file, hint);
  } catch (error) {
    assert.ok(error instanceof OutgrowError, String(error));
    return [error.code, error.message, error.hint];
  }
  return assert.fail("it was read");
}

test("a dump of 200 MB is refused before it is read, the largest that is allowed is not", () => {
  using folder = tempFolder("files");
  const file = join(folder.path, "all.json");
  writeFileSync(file, "");
  // Without a byte on the disk.
  truncateSync(file, 200_000_000);
  assert.deepEqual(refusal(file), [
    "file",
    `${file} has 191 MiB; more than 64 are not read.`,
    "Give what is deployed, not a dump of everything: leave out Events, ReplicaSets and Secrets of Helm.",
  ]);
  truncateSync(file, 64 * 1024 * 1024);
  assert.equal(readTextFile(file).length, 64 * 1024 * 1024);
});

test("no file, and a folder", () => {
  using folder = tempFolder("files");
  const file = join(folder.path, "none.yaml");
  assert.deepEqual(refusal(file, "Write it."), ["file", `There is no file ${file}.`, "Write it."]);
  assert.deepEqual(refusal(folder.path), ["file", `${folder.path} cannot be read.`, undefined]);
});
