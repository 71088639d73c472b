import { OutgrowError } from "../../model/error.ts";
import { type Database, inTransaction, queryOne } from "../database.ts";
import { quoteName } from "../quote.ts";
import type { RunNames } from "../runNames.ts";
import { rolesOf } from "./roles.ts";

interface Owned {
  readonly id: string;
  readonly owner: string;
}

/** Each that changes its owner holds a lock until the end of its transaction, and a small server has room for few thousand. */
const BATCH = 500;

/** Large objects belong to whoever copied them; here they are given to whom they belong, with the rights of others. Safe to repeat. */
export async function copyLargeObjectRights(
  source: Database,
  target: Database,
  names: RunNames,
): Promise<void> {
  const carried = [...(await rolesOf(target, names))];
  for (let last = "0"; ; ) {
    const batch = await ownedAfter(source, last, carried);
    const final = batch.at(-1);
    if (final === undefined) return;
    const grants = await grantsUpTo(source, last, final.id, carried);
    const owners = batch.map(({ id, owner }) => `alter large object ${id} owner to ${quoteName(owner)}`);
    await inTransaction(target, () => target.script([...owners, ...grants].join(";\n")));
    last = final.id;
  }
}

async function ownedAfter(
  source: Database,
  last: string,
  carried: readonly string[],
): Promise<readonly Owned[]> {
  return source.query<Owned>(
    `select m.oid::text as id, r.rolname as owner from pg_largeobject_metadata m join pg_roles r on r.oid = m.lomowner
      where m.oid > $1::oid and r.rolname = any ($2) order by m.oid limit ${BATCH}`,
    [last, carried],
  );
}

async function grantsUpTo(
  source: Database,
  last: string,
  to: string,
  carried: readonly string[],
): Promise<readonly string[]> {
  const rows = await source.query<{ statement: string }>(
    `select format('grant %s on large object %s to %s', g.privilege_type, m.oid, case when g.grantee = 0 then 'public' else quote_ident(r.rolname) end) as statement
       from pg_largeobject_metadata m cross join lateral aclexplode(m.lomacl) g left join pg_roles r on r.oid = g.grantee
      where m.oid > $1::oid and m.oid <= $2::oid and g.grantee <> m.lomowner and (g.grantee = 0 or r.rolname = any ($3)) order by m.oid`,
    [last, to, carried],
  );
  return rows.map(({ statement }) => statement);
}

interface Sum {
  readonly count: number;
  readonly hash: string | null;
}

/** By number: contents, and the owner where the move carries it. https://www.postgresql.org/docs/current/largeobjects.html */
export async function assertSameLargeObjects(
  source: Database,
  target: Database,
  names: RunNames,
  { hint }: { readonly hint: string },
): Promise<void> {
  // The comment that says so is on the new server.
  const carried = [...new Set([...(await rolesOf(source, names)), ...(await rolesOf(target, names))])];
  const [here, there] = await Promise.all([sumOf(source, carried), sumOf(target, carried)]);
  if (here.count === there.count && here.hash === there.hash) return;
  throw new OutgrowError(
    "verify",
    `The large objects are not the same: ${here.count} on ${source.place}, ${there.count} on ${target.place}.`,
    { hint },
  );
}

async function sumOf(database: Database, carried: readonly string[]): Promise<Sum> {
  return queryOne(
    database,
    `select count(*)::int as count,
        sum(hashtextextended(concat_ws(' ', m.oid, r.rolname, encode(lo_get(m.oid), 'hex')) collate "C", 0))::text as hash
       from pg_largeobject_metadata m left join pg_roles r on r.oid = m.lomowner and r.rolname = any ($1)`,
    [carried],
  );
}
