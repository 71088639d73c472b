import { type Document, LineCounter, parseAllDocuments } from "yaml";
import { OutgrowError, type Problem } from "../model/error.ts";

/** A configuration's document, and what was found wrong with it. */
export interface Source {
  readonly document: Document;
  /** Problems lie at an offset of the text. */
  report(offset: number, message: string, hint?: string): void;
  /** Throws one error with every problem in the file's order, if there is any. */
  finish(): void;
}

/** Far more than anybody writes by hand; what is longer is another file. */
const LONGEST = 1024 * 1024;

/** Reads YAML 1.2. What is no YAML mapping at all is told at once. */
export function openSource(text: string, file: string): Source {
  if (text.includes("\0") || text.includes("\uFFFD")) throw wrongFile(file, "is not a text file in UTF-8");
  if (text.length > LONGEST) throw wrongFile(file, "is larger than 1 MiB");
  const lines = new LineCounter();
  const [document, second] = parse(text, file, lines);
  const problems: (Problem & { readonly offset: number })[] = [];
  const report = (offset: number, message: string, hint?: string) => {
    const { line, col } = lines.linePos(offset);
    problems.push({ offset, message, hint, at: { file, line, column: col } });
  };
  if (document === undefined || document.contents === null) throw emptyFile(file);
  if (second !== undefined)
    report(second.range[0], "There is a second document.", "Keep one; remove the --- line.");
  // Their messages quote no values, unlike the pretty ones.
  for (const { message, pos } of document.errors) report(pos[0], `${message.replace(/\.?$/, "")}.`);
  const source: Source = {
    document,
    report,
    finish() {
      if (problems.length > 0) throw manyProblems(file, problems);
    },
  };
  // A broken document would only give a second problem for every first one.
  if (document.errors.length > 0) source.finish();
  return source;
}

function parse(text: string, file: string, lineCounter: LineCounter): readonly Document.Parsed[] {
  try {
    const documents = parseAllDocuments(text, { lineCounter, prettyErrors: false });
    return "empty" in documents ? [] : documents;
  } catch {
    throw wrongFile(file, "is nested too deeply");
  }
}

function wrongFile(file: string, what: string): OutgrowError {
  return new OutgrowError("config", `${file} ${what}.`, { hint: EXAMPLE });
}

function emptyFile(file: string): OutgrowError {
  return new OutgrowError("config", `${file} is empty.`, { hint: EXAMPLE });
}

const EXAMPLE = "Start from examples/glaze/outgrow.yaml.";

function manyProblems(
  file: string,
  problems: readonly (Problem & { readonly offset: number })[],
): OutgrowError {
  const sorted = [...problems].sort((a, b) => a.offset - b.offset);
  const count = sorted.length === 1 ? "one problem" : `${sorted.length} problems`;
  return new OutgrowError("config", `${file} has ${count}.`, {
    problems: sorted.map(({ offset: _offset, ...problem }) => problem),
  });
}
