import type { PostgresLocale, PostgresLocaleThere } from "../../model/postgresFacts.ts";
import { type Database, queryOne } from "../database.ts";
import { quoteText } from "../quote.ts";

/** Of the session's own database, as JSON: older servers know fewer columns. https://www.postgresql.org/docs/current/catalog-pg-database.html */
export const LOCALE = `(select json_build_object('encoding', pg_encoding_to_char(d.encoding), 'collate', d.datcollate, 'ctype', d.datctype,
    'provider', case coalesce(j ->> 'datlocprovider', 'c') when 'i' then 'icu' when 'b' then 'builtin' else 'libc' end,
    'locale', coalesce(j ->> 'datlocale', j ->> 'daticulocale'), 'rules', j ->> 'daticurules', 'version', j ->> 'datcollversion')
  from pg_database d cross join lateral to_jsonb(d) j where d.datname = current_database())`;

export async function readLocale(database: Database): Promise<PostgresLocale> {
  return (await queryOne<{ locale: PostgresLocale }>(database, `select ${LOCALE} as locale`)).locale;
}

/** What `CREATE DATABASE` is told; a server that has providers and is told none takes its own. Before 15 none has. */
export function localeOptions(
  { encoding, collate, ctype, provider = "libc", locale, rules }: PostgresLocale,
  hasProviders: boolean,
): string {
  const words = [`encoding ${quoteText(encoding)}`];
  if (hasProviders) words.push(`locale_provider ${provider}`);
  if (locale != null && provider !== "libc") words.push(`${provider}_locale ${quoteText(locale)}`);
  if (rules != null) words.push(`icu_rules ${quoteText(rules)}`);
  return [...words, `lc_collate ${quoteText(collate)}`, `lc_ctype ${quoteText(ctype)}`].join(" ");
}

/** A locale of the operating system has many spellings: `en_US.UTF-8`, `en_US.utf8`. */
const spelled = (name: string) => `regexp_replace(lower(${name}), '[^a-z0-9]', '', 'g')`;

const THERE = `
select ($1 = 'libc' and not exists (select from unnest(array[$2, $3]) name
           where ${spelled("name")} not in ('c', 'posix')
             and not exists (select from pg_collation where collprovider = 'c' and ${spelled("collcollate")} = ${spelled("name")})
             and not exists (select from pg_database where ${spelled("datcollate")} = ${spelled("name")})))
    or ($1 <> 'libc' and exists (select from pg_collation where collprovider = left($1, 1)::"char")) as "isThere",
  (select min(pg_collation_actual_version(oid)) from pg_collation
    where case $1 when 'libc' then collprovider = 'c' and ${spelled("collcollate")} = ${spelled("$2")} else collprovider = left($1, 1)::"char" end) as version`;

/** Whether a server can make a database of that locale, and by which version of the rules it would sort. */
export async function findLocale(
  server: Database,
  { provider = "libc", collate, ctype }: PostgresLocale,
): Promise<PostgresLocaleThere> {
  return queryOne<PostgresLocaleThere>(server, THERE, [provider, collate, ctype]);
}
