import { OutgrowError } from "../../model/error.ts";
import { differingSchema, someOf } from "../catalog/compareSchema.ts";
import type { Sides } from "../catalog/drift.ts";
import { readRights } from "../catalog/rights.ts";
import type { SchemaItem } from "../catalog/schema.ts";
import { type Database, isSince } from "../database.ts";
import type { RunNames } from "../runNames.ts";
import { carriedRoles } from "./roles.ts";

interface Move {
  readonly names: RunNames;
  readonly source: Database;
  readonly target: Database;
}

/**
 * Whose everything is, and who may do what with it; of the roles that are carried, and of everybody. In words, empty: the same.
 * MAINTAIN came with 17, and an older server cannot give it.
 */
export async function differingRights(
  { names, source, target }: Move,
  { from, to }: Pick<Sides, "from" | "to">,
): Promise<readonly string[]> {
  const roles = (await carriedRoles(source, target, names)).map(({ name }) => name);
  const [here, there] = await Promise.all([from, to].map((side) => readRights(side, roles, names.role)));
  const areNew = (await isSince(from, 17)) && (await isSince(to, 17));
  const isKnown = ({ kind, name }: SchemaItem) => areNew || kind !== "right" || !name.startsWith("MAINTAIN ");
  return differingSchema((here ?? []).filter(isKnown), (there ?? []).filter(isKnown));
}

/** Replication carries no rights: an application that lacks one is refused after the switch. */
export async function assertSameRights(move: Move, sides: Sides): Promise<void> {
  const differences = await differingRights(move, sides);
  if (differences.length === 0) return;
  throw new OutgrowError("verify", `The rights are not the same: ${someOf(differences)}.`, {
    hint: sides.ifChanged,
  });
}
