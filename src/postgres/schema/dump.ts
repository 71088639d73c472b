import { OutgrowError } from "../../model/error.ts";
import { Secret } from "../../model/secret.ts";
import type { Millis } from "../../model/time.ts";
import type { ProgramLogin, ServerPrograms, Shell } from "../shell.ts";

/** A schema in the parts it is restored in. */
export interface SchemaDump {
  /** Types, functions, tables, sequences, views: before the rows. */
  readonly before: string;
  /** Keys, indexes, foreign keys, triggers, policies: after them, one statement or few each. */
  readonly after: readonly DumpEntry[];
}

export interface DumpEntry {
  /** pg_dump's word: `CONSTRAINT`, `INDEX`, `FK CONSTRAINT`, `TRIGGER`, … */
  readonly kind: string;
  readonly name: string;
  readonly sql: string;
}

/** Owners and rights are given anew, from the catalog: the roles need not be the same there. */
const FLAGS = [
  "--schema-only",
  "--no-owner",
  "--no-acl",
  "--no-publications",
  "--no-subscriptions",
  "--no-security-labels",
  "--no-tablespaces",
  "--exclude-schema=outgrow_*",
];

/** Reads the schema with the source's own pg_dump: a newer one may not be had, an older one refuses. */
export async function dumpSchema(dump: DumpProgram): Promise<SchemaDump> {
  const [before, after] = await Promise.all([dumpSection(dump, "pre-data"), dumpAfter(dump)]);
  return { before, after };
}

/** The second part alone. */
export async function dumpAfter(dump: DumpProgram): Promise<readonly DumpEntry[]> {
  return splitEntries(await dumpSection(dump, "post-data"));
}

/** pg_dump, how it is reached, and as whom it logs in. */
export interface DumpProgram {
  /** It waits for whoever has locked a table. */
  readonly limitMs: Millis;
  readonly shell: Shell;
  readonly programs: ServerPrograms;
  readonly login: ProgramLogin & { readonly password: Secret };
}

async function dumpSection({ shell, programs, login, limitMs }: DumpProgram, name: string): Promise<string> {
  const { code, stdout, stderr } = await shell({
    words: [...programs.pgDump(login), ...FLAGS, `--section=${name}`],
    input: new Secret(`${login.password.reveal()}\n`),
    effect: "reads",
    timeoutMs: limitMs,
  });
  if (code === 0) return withoutExtensionComments(withoutRestrict(stdout));
  throw new OutgrowError("command", `pg_dump ended with ${code}: ${stderr.trim()}`);
}

/**
 * Since August 2025 pg_dump frames its output with a psql command and a random word (CVE-2025-8714). Exactly
 * these two lines are taken out: a line like them in a function's body is the user's.
 */
export function withoutRestrict(dump: string): string {
  const word = /^\\restrict (\w+)$/m.exec(dump)?.[1];
  if (word === undefined) return dump;
  const last = dump.lastIndexOf(`\n\\unrestrict ${word}\n`);
  const cut =
    last === -1 ? dump : dump.slice(0, last + 1) + dump.slice(last + `\n\\unrestrict ${word}\n`.length);
  return cut.replace(`\\restrict ${word}\n`, "");
}

/**
 * pg_dump writes each extension's own comment again, which its owner alone may do: with a provider that is often not the
 * administrator. Making the extension gave it the same one.
 */
export function withoutExtensionComments(dump: string): string {
  const headings = [...dump.matchAll(HEADING)];
  const parts = headings.map((heading, index) => dump.slice(heading.index, headings[index + 1]?.index));
  const kept = parts.filter(
    (part) => !/^--\n-- Name: EXTENSION .*; Type: COMMENT; .*\n--\n\nCOMMENT ON EXTENSION /.test(part),
  );
  return dump.slice(0, headings[0]?.index) + kept.join("");
}

/** pg_dump writes a comment of this form above each entry, with every line break in a name taken out. */
const HEADING = /^--\n-- Name: (.*); Type: ([A-Z][A-Z ]*); Schema: .*; Owner: .*\n--\n/gm;

/** The same text in parts of so many entries; what pg_dump sets stands at its beginning and holds for the session. */
export function inParts(dump: string, entries: number): readonly string[] {
  const starts = [...dump.matchAll(HEADING)].map(({ index }) => index);
  const cuts = [0, ...starts.filter((_, place) => place > 0 && place % entries === 0)];
  return cuts.map((cut, place) => dump.slice(cut, cuts[place + 1]));
}

export function splitEntries(dump: string): readonly DumpEntry[] {
  const headings = [...dump.matchAll(HEADING)];
  return headings.map((heading, index) => ({
    name: heading[1] ?? "",
    kind: heading[2] ?? "",
    sql: dump.slice(heading.index + heading[0].length, headings[index + 1]?.index ?? endOf(dump)).trim(),
  }));
}

function endOf(dump: string): number {
  const end = dump.lastIndexOf("\n--\n-- PostgreSQL database dump complete");
  return end === -1 ? dump.length : end;
}
