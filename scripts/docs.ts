import { existsSync, globSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { docsOf } from "../src/audit/audit.ts";
import type { AuditCheck } from "../src/audit/check.ts";
import { CHECKS } from "../src/audit/checks.ts";
import { configSchema } from "../src/config/schema.ts";
import type { Finding } from "../src/model/finding.ts";
import { findingsOf, readAuditCases } from "../test/auditCases.ts";
import { checkPage, indexPage } from "./checkPage.ts";
import { signalsPage } from "./signalsPage.ts";

/** `npm run docs`: writes what is generated from the code and kept beside it. `test/docs.test.ts` says when it is stale. */
if (import.meta.main) writePages();

function writePages(): void {
  const pages = pagesOf(CHECKS);
  for (const [file, text] of pages) {
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, text);
  }
  for (const file of writtenPages()) if (!pages.has(file)) rmSync(file);
}

/** File to text: the configuration's schema, the signals, a page each check, and their index. */
export function pagesOf(checks: readonly AuditCheck[]): ReadonlyMap<string, string> {
  return new Map([
    ["schema/outgrow.schema.json", `${JSON.stringify(configSchema(), null, 2)}\n`],
    ["docs/signals.md", signalsPage()],
    ["docs/checks/index.md", indexPage(checks)],
    ...checks.map((check): [string, string] => [docsOf(check.id), checkPage(check, exampleOf(check))]),
  ]);
}

/** The first finding of its first hit; the cases are what is proved. */
function exampleOf(check: AuditCheck): Finding {
  const hit = readAuditCases(check.id).find(({ expect }) => expect.length > 0);
  const [finding] = hit === undefined ? [] : findingsOf(hit, [check]);
  if (finding === undefined) throw new Error(`${check.id} has no case that finds something.`);
  return finding;
}

export function writtenPages(): readonly string[] {
  return globSync("docs/checks/**/*.md");
}

/** What a reader would find stale: pages that differ, lack, or belong to no check. */
export function stalePages(pages: ReadonlyMap<string, string>): readonly string[] {
  const stale = [...pages].filter(([file, text]) => readPage(file) !== text).map(([file]) => file);
  return [...stale, ...writtenPages().filter((file) => !pages.has(file))];
}

function readPage(file: string): string | null {
  return existsSync(file) ? readFileSync(file, "utf8") : null;
}
