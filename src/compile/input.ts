import type { Instrument, Unmeasured } from "../model/signal.ts";
import type { EpochMs } from "../model/time.ts";
import type { Rule } from "../model/trigger.ts";

export const DIALECTS = ["prometheus", "mimir", "vmalert"] as const;
export type Dialect = (typeof DIALECTS)[number];

/** What is compiled: the rule, how its signals are read, and for whom. */
export interface CompileInput {
  readonly clusterName: string;
  readonly rule: Rule;
  readonly instruments: readonly Instrument[];
  readonly unmeasured: readonly Unmeasured[];
  readonly dialect: Dialect;
  readonly now: EpochMs;
}

export interface CompiledFile {
  /** Relative to the folder of the export. */
  readonly path: string;
  readonly text: string;
}
