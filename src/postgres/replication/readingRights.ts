import { IS_USERS, IS_USERS_SCHEMA } from "../catalog/tables.ts";
import type { Database } from "../database.ts";
import { type QualifiedName, quoteName, quoteQualified } from "../quote.ts";
import type { RunNames } from "../runNames.ts";

/** What is written is sent to whoever may replicate; the rows that are there already are read like anybody's. */
export async function giveReadingRights(
  publisher: Database,
  { role }: RunNames,
  tables: readonly QualifiedName[],
): Promise<void> {
  const to = quoteName(role);
  for (const table of tables) {
    await publisher.script(
      `grant usage on schema ${quoteName(table.schema)} to ${to}; grant select on table ${quoteQualified(table)} to ${to}`,
    );
  }
}

const GIVEN = `
select format('schema %I', n.nspname) as object from pg_namespace n cross join aclexplode(n.nspacl) g
  join pg_roles r on r.oid = g.grantee where r.rolname = $1 and ${IS_USERS_SCHEMA}
union
select format('table %I.%I', n.nspname, c.relname) from pg_class c join pg_namespace n on n.oid = c.relnamespace
  cross join aclexplode(c.relacl) g join pg_roles r on r.oid = g.grantee where r.rolname = $1 and ${IS_USERS}`;

/** All of them; a role that has any cannot be dropped. Safe to repeat. */
export async function takeReadingRights(publisher: Database, { role }: RunNames): Promise<void> {
  const given = await publisher.query<{ object: string }>(GIVEN, [role]);
  for (const { object } of given) await publisher.script(`revoke all on ${object} from ${quoteName(role)}`);
}
