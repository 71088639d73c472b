import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { parse } from "yaml";
import type { HostFile } from "../../../model/hostFacts.ts";
import { filesNamedByK3s, k3sInstallation } from "./k3s.ts";

interface Case {
  readonly name: string;
  readonly files: Readonly<Record<string, string>>;
  readonly role?: string | null;
  readonly settings?: readonly string[];
  readonly names?: readonly string[];
  readonly throws?: string;
}

const cases = parse(readFileSync("src/hosts/facts/k3s/k3s.cases.yaml", "utf8")) as readonly Case[];

for (const each of cases) {
  test(each.name, () => {
    const files: readonly HostFile[] = Object.entries(each.files).map(([path, text]) => ({
      path,
      mode: "0644",
      owner: "root:root",
      text,
    }));
    if (each.throws !== undefined) {
      assert.throws(() => k3sInstallation(files), { name: "SyntaxError", message: each.throws });
      return;
    }
    const found = k3sInstallation(files);
    const settings = found?.settings.map(
      ({ key, values, from }) => `${key} = ${values.join(", ")} (${from.file}:${from.line})`,
    );
    assert.deepEqual([found?.role ?? null, settings ?? []], [each.role, each.settings ?? []]);
    if (each.names !== undefined) assert.deepEqual(filesNamedByK3s(files), each.names);
  });
}
