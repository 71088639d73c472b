import { type Fields, isFields, type Stored, same } from "../object.ts";
import { refusal } from "../refusal.ts";
import { difference, type FieldSet, fromFieldsV1, leavesOf, pathText, toFieldsV1 } from "./fieldSet.ts";
import { type Entry, entriesOf, reduced, sorted, tracked } from "./managers.ts";
import { pruned } from "./prune.ts";
import { strategicPatch } from "./strategicPatch.ts";

export interface Application {
  readonly manager: string;
  readonly isForced: boolean;
  readonly time: string;
}

/**
 * Server-side apply: the configuration is merged in; fields it no longer names and nobody else owns go.
 * A field of another manager with another value is a conflict, unless forced.
 */
export function serverApply(live: Stored, configuration: Fields, application: Application): Stored {
  const { manager, isForced, time } = application;
  const wanted = tracked(configuration);
  const owned = leavesOf(wanted);
  const entries = entriesOf(live);
  const isOwn = (entry: Entry) => entry.manager === manager && entry.operation === "Apply";
  const others = entries.filter((entry) => !isOwn(entry));
  const changed = changedBy(live, wanted, owned);
  const conflicts = others.flatMap((entry) => conflictsWith(entry, changed));
  if (conflicts.length > 0 && !isForced) throw conflict(conflicts);

  const own = entries.find(isOwn);
  const dropped = [...(own === undefined ? [] : fromFieldsV1(own.fieldsV1))].filter(
    (path) => !owned.has(path) && !others.some((entry) => fromFieldsV1(entry.fieldsV1).has(path)),
  );
  const merged = strategicPatch(pruned(live, dropped), wanted) as Stored;
  const sameSet = own !== undefined && same(own.fieldsV1, toFieldsV1(owned));
  const mine: Entry = {
    manager,
    operation: "Apply",
    apiVersion: live.apiVersion,
    time: sameSet && same(tracked(live), tracked(merged)) ? (own.time ?? time) : time,
    fieldsType: "FieldsV1",
    fieldsV1: toFieldsV1(owned),
  };
  const rest = others.flatMap((entry) => reduced(entry, [changed]));
  const managedFields = owned.size === 0 ? rest : sorted([...rest, mine]);
  return { ...merged, metadata: { ...merged.metadata, managedFields } };
}

/** The applied leaves whose value differs from what is there. */
function changedBy(live: Stored, wanted: Fields, owned: FieldSet): FieldSet {
  const merged = strategicPatch(tracked(live), wanted);
  const { changed } = difference(tracked(live), isFields(merged) ? merged : {});
  return new Set([...changed].filter((path) => owned.has(path)));
}

interface Conflict {
  readonly entry: Entry;
  readonly path: string;
}

function conflictsWith(entry: Entry, changed: FieldSet): readonly Conflict[] {
  const fields = fromFieldsV1(entry.fieldsV1);
  return [...changed].filter((path) => fields.has(path)).map((path) => ({ entry, path }));
}

function conflict(conflicts: readonly Conflict[]): Error {
  const textOf = ({ entry }: Conflict) => {
    const door = entry.subresource === undefined ? "" : ` with subresource "${entry.subresource}"`;
    return `conflict with "${entry.manager}"${door} using ${entry.apiVersion}`;
  };
  const causes = conflicts.map((each) => ({
    reason: "FieldManagerConflict",
    message: textOf(each),
    field: pathText(each.path),
  }));
  const [first] = causes;
  const message =
    causes.length === 1
      ? `Apply failed with 1 conflict: ${first?.message}: ${first?.field}`
      : `Apply failed with ${causes.length} conflicts: ${grouped(causes)}`;
  return refusal(409, "Conflict", message, { causes });
}

function grouped(causes: readonly { readonly message: string; readonly field: string }[]): string {
  const byMessage = Map.groupBy(causes, ({ message }) => message);
  return [...byMessage]
    .map(([message, fields]) => `${message}:\n${fields.map(({ field }) => `- ${field}`).join("\n")}`)
    .join("\n");
}
