import type { SchemaItem } from "./schema.ts";

/** What is not the same in two schemas, in words: `index public.orders_by_day is missing in the copy`. */
export function differingSchema(
  original: readonly SchemaItem[],
  copy: readonly SchemaItem[],
): readonly string[] {
  const there = new Map(copy.map((item) => [titleOf(item), item.definition]));
  const here = new Map(original.map((item) => [titleOf(item), item.definition]));
  const wrong = [...here].flatMap(([title, definition]) => {
    const other = there.get(title);
    if (other === undefined) return [`${title} is missing in the copy`];
    return isSame(title, definition, other) ? [] : [`${title} is "${definition}", in the copy "${other}"`];
  });
  return [
    ...wrong,
    ...[...there.keys()].filter((title) => !here.has(title)).map((title) => `${title} is only in the copy`),
  ];
}

const NAMED = 10;

/** For a message: the first of them, and how many more there are. */
export function someOf(differences: readonly string[]): string {
  const more = differences.length > NAMED ? `; and ${differences.length - NAMED} more` : "";
  return differences.slice(0, NAMED).join("; ") + more;
}

function titleOf({ kind, name }: SchemaItem): string {
  return `${kind} ${name}`;
}

/** Newer majors leave out of a view's columns the table's name where only one table is read; nothing else may differ. */
function isSame(title: string, definition: string, other: string): boolean {
  if (definition === other) return true;
  return title.startsWith("view ") && withoutQualifiers(definition) === withoutQualifiers(other);
}

function withoutQualifiers(definition: string): string {
  return definition.replaceAll(/("([^"]|"")+"|[a-z_][\w$]*)\./g, "").replaceAll(/\s+/g, " ");
}
