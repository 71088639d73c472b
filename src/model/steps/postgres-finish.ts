import type { PostgresMove } from "./postgres-move.ts";

/** The way back of a move is given up, and all that stood for it is taken away. Planned from the journal, by `finish` alone. */
export interface PostgresFinish {
  readonly params: {
    /** As it was carried out. */
    readonly move: PostgresMove["params"];
    /** The beginning of that move: everything it left carries this name. */
    readonly attempt: string;
  };
  readonly before: Readonly<Record<string, never>>;
  readonly outputs: Readonly<Record<string, never>>;
}
