import { OutgrowError } from "../../model/error.ts";
import type { Database } from "../database.ts";
import { differingSchema, someOf } from "./compareSchema.ts";
import { readSchema } from "./schema.ts";

/** Rows go from one side to the other. */
export interface Sides {
  readonly from: Database;
  readonly to: Database;
  /** What to do where somebody changed the schema of one of them meanwhile. */
  readonly ifChanged: string;
}

/**
 * Throws `drift` when tables have not the same columns: the one thing of a schema without which rows do not arrive. The
 * server that applies them says it in its own log only, and tries again for ever.
 */
export async function assertSameColumns(sides: Sides): Promise<void> {
  const differences = await differingColumns(sides);
  if (differences.length === 0) return;
  throw new OutgrowError(
    "drift",
    `The schema of ${sides.from.place} was changed during the move: ${someOf(differences)}.`,
    { hint: sides.ifChanged },
  );
}

/** Does it. Where that fails and somebody changed tables meanwhile, that is why, whatever it looks like. */
export async function unlessChanged<T>(sides: Sides, deed: () => Promise<T>): Promise<T> {
  try {
    return await deed();
  } catch (error) {
    const change = await changeOf(sides);
    throw change ?? error;
  }
}

/** `null`: there is none, or it cannot be seen. */
function changeOf(sides: Sides): Promise<OutgrowError | null> {
  return assertSameColumns(sides).then(
    () => null,
    (error: unknown) => (error instanceof OutgrowError && error.code === "drift" ? error : null),
  );
}

/** Catalogs, item by item. */
export async function assertSameSchema({ from, to, ifChanged }: Sides): Promise<void> {
  const differences = differingSchema(...(await readBoth(from, to)));
  if (differences.length === 0) return;
  throw new OutgrowError("verify", `The schema is not the same: ${someOf(differences)}.`, {
    hint: ifChanged,
  });
}

/** On the way out the target has all columns before the first row comes, and the rest of the schema later. */
async function differingColumns({ from, to }: Sides): Promise<readonly string[]> {
  const [here, there] = await readBoth(from, to);
  const isColumn = ({ kind }: { readonly kind: string }) => kind === "column";
  return differingSchema(here.filter(isColumn), there.filter(isColumn));
}

function readBoth(from: Database, to: Database) {
  return Promise.all([readSchema(from), readSchema(to)]);
}
