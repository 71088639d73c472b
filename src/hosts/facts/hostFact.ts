/** One thing to ask a host: a piece of POSIX shell, and a pure reading of what it prints. */
export interface HostFact<T> {
  /** What a gap calls it: `addresses`. */
  readonly name: string;
  /** Ends with 127 when there is no tool that could tell; uses only what BusyBox has too. */
  readonly script: string;
  /** Reads stdout. Throws `SyntaxError` when it cannot be what the tool prints. */
  parse(text: string): T;
}

/** The lines that say something. */
export function linesOf(text: string): readonly string[] {
  return text.split("\n").flatMap((line) => (line.trim() === "" ? [] : [line.trim()]));
}

/** A whole number that is there, or `null`. */
export function countIn(text: string | undefined): number | null {
  return text !== undefined && /^\d+$/.test(text.trim()) ? Number(text.trim()) : null;
}
