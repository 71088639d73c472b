/** A name as SQL writes it, whatever is in it: https://www.postgresql.org/docs/current/sql-syntax-lexical.html */
export function quoteName(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}

/** A text as SQL writes it, right under any standard_conforming_strings. */
export function quoteText(text: string): string {
  const quoted = `'${text.replaceAll("'", "''")}'`;
  return text.includes("\\") ? ` E${quoted.replaceAll("\\", "\\\\")}` : quoted;
}

/** A table, sequence or the like with its schema. */
export interface QualifiedName {
  readonly schema: string;
  readonly name: string;
}

export function quoteQualified({ schema, name }: QualifiedName): string {
  return `${quoteName(schema)}.${quoteName(name)}`;
}
