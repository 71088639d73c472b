import type { FirewallChain } from "../../model/steps/firewall-open.ts";
import { lineOf } from "./rules.ts";

/** The text of a rule file with lines added at the top of a chain; `null` when the file does not define it over several lines. */
export function withRules(text: string, chain: FirewallChain, rules: readonly string[]): string | null {
  const place = placeIn(text, chain);
  if (place === null) return null;
  const lines = rules.map((rule) => `${place.indent}${rule}\n`).join("");
  return text.slice(0, place.offset) + lines + text.slice(place.offset);
}

/** The text without the lines an attempt has added. */
export function withoutRules(text: string, attempt: string): string {
  return text.replace(lineOf(attempt), "");
}

export function hasRules(text: string, attempt: string): boolean {
  return lineOf(attempt).test(text);
}

/** Whether the file is where a chain comes from. */
export function feeds(text: string, chain: FirewallChain): boolean {
  return placeIn(text, chain) !== null;
}

interface Place {
  /** Right behind the lines that say what kind of chain it is. */
  readonly offset: number;
  readonly indent: string;
}

/** `type filter hook …; policy drop;`, comments and blank lines. */
const HEADER = /^\s*(?:(?:type|policy|comment|flags|devices?)\b.*|#.*)?$/;

function placeIn(text: string, { family, table, name }: FirewallChain): Place | null {
  const prefix = family === "ip" ? "(?:ip\\s+)?" : `${family}\\s+`;
  const tables = blocksOf(text, `table\\s+${prefix}${escaped(table)}`);
  for (const { from, to } of tables) {
    for (const chain of blocksOf(text.slice(0, to), `chain\\s+${escaped(name)}`, from)) {
      const place = behindHeader(text, chain.from, chain.to);
      if (place !== null) return place;
    }
  }
  return null;
}

/** The rest of the line with the brace belongs to the header; rules beside it cannot be told apart by lines. */
function behindHeader(text: string, from: number, to: number): Place | null {
  const isBase = /^\s*type\b/m.test(text.slice(from, to));
  let offset = from;
  let indent: string | null = null;
  while (offset < to) {
    const end = text.indexOf("\n", offset) + 1;
    const line = text.slice(offset, end === 0 || end > to ? to : end).trimEnd();
    if (!HEADER.test(line) || end === 0 || end > to) break;
    indent = /^([ \t]*)(?:type|policy)\b/.exec(line)?.[1] ?? indent;
    offset = end;
  }
  // Nothing but the header may stand before the place, and something that ends the line must.
  return isBase && indent !== null && text[offset - 1] === "\n" && offset > from ? { offset, indent } : null;
}

interface Block {
  readonly from: number;
  readonly to: number;
}

/** What is between the braces behind each match of a head, nested braces counted; comments do not count. */
function blocksOf(text: string, head: string, start = 0): readonly Block[] {
  const blocks: Block[] = [];
  const matches = text.matchAll(new RegExp(`^[^\\n#]*\\b${head}\\s*\\{`, "gm"));
  for (const match of matches) {
    const from = match.index + match[0].length;
    const to = from <= start ? -1 : closingBrace(text, from);
    if (to >= 0) blocks.push({ from, to });
  }
  return blocks;
}

function closingBrace(text: string, from: number): number {
  let depth = 1;
  for (const { 0: token, index } of text.slice(from).matchAll(/#[^\n]*|"[^"\n]*"|[{}]/g)) {
    depth += token === "{" ? 1 : token === "}" ? -1 : 0;
    if (depth === 0) return from + index;
  }
  return -1;
}

function escaped(name: string): string {
  return name.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");
}
