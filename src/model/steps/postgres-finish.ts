import type { LostPart, PostgresMove } from "./postgres-move.ts";

/** The way back of a move is given up, and all that stood for it is taken away. Planned from the journal, by `finish` alone. */
export interface PostgresFinish {
  readonly params: {
    /** As it was carried out. */
    readonly move: PostgresMove["params"];
    /** The beginning of that move: everything it left carries this name. */
    readonly attempt: string;
    /** Lost for good, as the user vouches: left out, and named afterwards. */
    readonly without: readonly LostPart[];
  };
  /** What there was, so that it can be told afterwards what is gone and what stays. */
  readonly before: {
    readonly found: MoveTraces;
    /** The claims on which the old database lies: `default/data-glaze-postgres-0`. */
    readonly claims: readonly string[];
  };
  readonly outputs: Readonly<Record<string, never>>;
}

/** What is left of a move, in words, by the place it is in: `private-db.example` → `role outgrow_…`. */
export type MoveTraces = Readonly<Record<string, readonly string[]>>;
