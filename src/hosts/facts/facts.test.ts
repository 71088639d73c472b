import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { parse } from "yaml";
import { createAuthority } from "../../../lab/certificates.ts";
import { FACTS } from "./facts.ts";

/** What a tool printed, and what is made of it, as data. Adding a case needs no code. */
interface Case {
  readonly name: string;
  readonly text: string;
  readonly value?: unknown;
  readonly throws?: string;
}

const cases = parse(readFileSync("src/hosts/facts/facts.cases.yaml", "utf8")) as Readonly<
  Record<string, readonly Case[]>
>;

for (const [name, fact] of Object.entries(FACTS)) {
  for (const each of cases[name] ?? []) {
    test(`${name}: ${each.name}`, () => {
      if (each.throws === undefined) assert.deepEqual(fact.parse(each.text), each.value);
      else assert.throws(() => fact.parse(each.text), { name: "SyntaxError", message: each.throws });
    });
  }
}

test("every fact has cases, and every case a fact", () => {
  assert.deepEqual(Object.keys(cases).sort(), Object.keys(FACTS).sort());
});

test("certificates: the one that ends first counts", () => {
  using authority = createAuthority();
  const text = [3, 1, 2].map((days) => authority.issue("IP:127.0.0.1", days).cert).join("\n");
  const ends = FACTS.certificates.parse(text);
  assert.ok(ends !== null && Math.abs(ends - Date.now() - 86_400_000) < 60_000);
});
