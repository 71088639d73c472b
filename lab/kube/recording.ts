import { readFileSync } from "node:fs";
import { join } from "node:path";

/** One request to a real kube-apiserver, and what it answered. */
export interface Exchange {
  readonly name: string;
  readonly note?: string;
  readonly request: {
    readonly method: string;
    readonly path: string;
    readonly contentType?: string;
    readonly authorization?: "none";
    readonly body?: unknown;
  };
  readonly response: {
    readonly status: number;
    readonly headers: Readonly<Record<string, string>>;
    readonly body: unknown;
  };
}

interface Recording {
  readonly server: string;
  readonly exchanges: readonly Exchange[];
}

/** The contract: exchanges recorded from a real kube-apiserver, in order. */
export function readRecording(): Recording {
  const file = join(import.meta.dirname, "fixtures", "exchanges.json");
  return JSON.parse(readFileSync(file, "utf8")) as Recording;
}
