import type { HostFile } from "../../../model/hostFacts.ts";

/** A word of a unit's setting and the line it stands in. */
export interface UnitWord {
  readonly word: string;
  readonly from: { readonly file: string; readonly line: number };
}

/**
 * The words of one setting over a unit and its drop-ins: an empty one takes back all before it.
 * https://www.freedesktop.org/software/systemd/man/latest/systemd.service.html#Command%20lines
 */
export function unitWords(files: readonly HostFile[], setting: string): readonly UnitWord[] {
  let words: readonly UnitWord[] = [];
  for (const { path, text } of files) {
    for (const { line, value } of assignments(text ?? "", setting)) {
      const added = wordsIn(value, path, line);
      words = added.length === 0 ? [] : [...words, ...added];
    }
  }
  return words;
}

/**
 * `value` keeps its line breaks, so that each word's line can be told. A comment between continued
 * lines is none of them, and does not end them.
 */
function assignments(text: string, setting: string): readonly { line: number; value: string }[] {
  const lines = text.split("\n").map((line) => (/^\s*[#;]/.test(line) ? null : line));
  const found: { line: number; value: string }[] = [];
  for (let index = 0; index < lines.length; index++) {
    const [, start] = new RegExp(`^\\s*${setting}\\s*=(.*)$`).exec(lines[index] ?? "") ?? [];
    if (start === undefined) continue;
    const first = index;
    let value = start;
    while (/\\\n*$/.test(value) && index + 1 < lines.length) {
      const next = lines[++index] ?? null;
      value = next === null ? `${value}\n` : `${value.replace(/\\(\n*)$/, "$1")}\n${next}`;
    }
    found.push({ line: first + 1, value });
  }
  return found;
}

/** Quotes group, a backslash in them escapes. */
function wordsIn(value: string, file: string, line: number): readonly UnitWord[] {
  const words = value.matchAll(/"((?:[^"\\]|\\.)*)"|'((?:[^'\\]|\\.)*)'|\S+/g);
  return [...words].map(({ 0: whole, 1: double, 2: single, index }) => ({
    word: (double ?? single)?.replace(/\\(.)/g, "$1") ?? whole,
    from: { file, line: line + value.slice(0, index).split("\n").length - 1 },
  }));
}
