import type { Database } from "../database.ts";
import { partsOf } from "../parts.ts";
import { type QualifiedName, quoteQualified, quoteText } from "../quote.ts";
import { IS_USERS } from "./tables.ts";

/** Where a sequence stands; text, because a bigint is no number. */
export interface SequenceState extends QualifiedName {
  readonly last: string;
  /** False: the next value is `last` itself. */
  readonly isCalled: boolean;
}

const NAMES = `
select n.nspname as schema, c.relname as name from pg_class c join pg_namespace n on n.oid = c.relnamespace
where c.relkind = 'S' and c.relpersistence <> 't' and ${IS_USERS}
order by n.nspname collate "C", c.relname collate "C"`;

/** One question for 3,000 takes a server of version 15 three seconds, thirty questions a tenth of one. */
const AT_ONCE = 100;

/** Every sequence, whoever owns it. Read off the sequence itself: pg_sequences hides `is_called`. */
export async function readSequences(database: Database): Promise<readonly SequenceState[]> {
  const names = await database.query<QualifiedName>(NAMES);
  const states: SequenceState[] = [];
  for (const part of partsOf(names, AT_ONCE))
    states.push(...(await database.query<SequenceState>(part.map(stateSql).join(" union all "))));
  return states;
}

function stateSql(name: QualifiedName): string {
  return `select ${quoteText(name.schema)} as schema, ${quoteText(name.name)} as name, last_value::text as last, is_called as "isCalled" from ${quoteQualified(name)}`;
}

/** In parts: a transaction locks each that it sets, and has no room for the locks of thousands. */
export async function setSequences(database: Database, states: readonly SequenceState[]): Promise<void> {
  for (const part of partsOf(states, AT_ONCE)) {
    await database.query(
      "select setval(s.name::regclass, s.last, s.called) from unnest($1::text[], $2::bigint[], $3::bool[]) as s(name, last, called)",
      [part.map(quoteQualified), part.map(({ last }) => last), part.map(({ isCalled }) => isCalled)],
    );
  }
}

/** Sequences that are not the same on both sides, in words. */
export function differingSequences(
  original: readonly SequenceState[],
  copy: readonly SequenceState[],
): readonly string[] {
  const there = new Map(copy.map((each) => [quoteQualified(each), each]));
  const wrong = original.flatMap((each) => {
    const other = there.get(quoteQualified(each));
    there.delete(quoteQualified(each));
    if (other === undefined) return [`${each.schema}.${each.name} is missing in the copy`];
    if (other.last === each.last && other.isCalled === each.isCalled) return [];
    return [`${each.schema}.${each.name} stands at ${positionOf(each)}, in the copy at ${positionOf(other)}`];
  });
  return [
    ...wrong,
    ...[...there.values()].map(({ schema, name }) => `${schema}.${name} is only in the copy`),
  ];
}

function positionOf({ last, isCalled }: SequenceState): string {
  return isCalled ? last : `${last} (not yet given)`;
}
