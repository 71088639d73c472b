import { OutgrowError } from "./error.ts";

/** Words as one line that a POSIX shell reads back unchanged. The only place where anything is quoted. */
export function shellLine(words: readonly string[]): string {
  return words.map(quoteWord).join(" ");
}

/** Words that need no quotes stay as they are: what is shown should be easy to read. */
const PLAIN = /^[A-Za-z0-9_@%+:,./-]+$/;

export function quoteWord(word: string): string {
  if (word.includes("\0")) {
    throw new OutgrowError("internal", "A word of a command holds a NUL, which no shell can pass on.");
  }
  return PLAIN.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`;
}
