import { readFileSync } from "node:fs";
import type { EpochMs } from "../model/time.ts";

/** One output stream; what it is decides colours, bars and widths. */
export interface Stream {
  write(text: string): void;
  readonly isTerminal: boolean;
  readonly hasColors: boolean;
  readonly columns: number;
  readonly rows: number;
}

/** The outside of the command line as one object, so that sessions can be tested: results on stdout, talk on stderr. */
export interface Io {
  readonly stdout: Stream;
  readonly stderr: Stream;
  readonly env: Readonly<Record<string, string | undefined>>;
  now(): EpochMs;
}

export function processIo(): Io {
  return {
    stdout: streamOf(process.stdout),
    stderr: streamOf(process.stderr),
    env: process.env,
    now: Date.now,
  };
}

/** `outgrow`'s own version, from the package that is running. */
export function ownVersion(): string {
  const manifest = readFileSync(new URL("../../package.json", import.meta.url), "utf8");
  return (JSON.parse(manifest) as { readonly version: string }).version;
}

function streamOf(stream: NodeJS.WriteStream): Stream {
  const isTerminal = stream.isTTY === true;
  return {
    write: (text) => void stream.write(text),
    isTerminal,
    hasColors: isTerminal && stream.hasColors(),
    // A window may be given another size meanwhile; one that does not know its size says 0.
    get columns() {
      return stream.columns || 100;
    },
    get rows() {
      return stream.rows || 24;
    },
  };
}
