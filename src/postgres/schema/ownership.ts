import { OutgrowError } from "../../model/error.ts";
import {
  type Grant,
  type LoginSetting,
  type Owned,
  readGrants,
  readLoginSettings,
  readOwned,
} from "../catalog/ownership.ts";
import { type Role, readRoles, roleNames } from "../catalog/roles.ts";
import { readMaterializedViews } from "../catalog/tables.ts";
import { type Database, inTransaction, isSince, queryOne } from "../database.ts";
import { quoteName, quoteQualified, quoteText } from "../quote.ts";
import { madeBy, type RunNames } from "../runNames.ts";

/**
 * Roles, who may log in once the target is opened, and what they own and may do. `part`: only the beginning of the schema is
 * there, what it lacks is passed over. Safe to repeat.
 */
export async function copyRights(
  { order, names, source, target }: Sides,
  extent: "part" | "whole",
): Promise<void> {
  const carried = await copyRoles(source, target, names);
  await listLogins(source, target, names);
  const rights = await readRights(source);
  const given = extent === "whole" ? rights : await possible(rights, source, target);
  await giveRights(target, order.database, given, carried);
}

interface Sides {
  readonly order: { readonly database: string };
  readonly names: RunNames;
  readonly source: Database;
  readonly target: Database;
}

/**
 * Makes the source's roles on the target, with the passwords they have, and gives them what they own and may do.
 * They may not log in there before the switch. Roles whose
 * name the target has already are the provider's; what theirs was on the source belongs to its administrator.
 */
export async function copyRoles(
  source: Database,
  target: Database,
  names: RunNames,
): Promise<readonly string[]> {
  const [roles, taken, ours] = await Promise.all([
    readRoles(source),
    roleNames(target),
    rolesOf(target, names),
  ]);
  const carried = roles.filter(({ name }) => !taken.has(name) || ours.has(name));
  for (const role of carried) {
    // A password may have been changed since.
    if (taken.has(role.name)) await target.script(`alter role ${quoteName(role.name)}${passwordOf(role)}`);
    else await createRole(target, role, names);
  }
  const carriedNames = new Set(carried.map(({ name }) => name));
  for (const { name, memberOf } of carried) {
    for (const group of memberOf.filter((each) => carriedNames.has(each))) {
      await target.script(`grant ${quoteName(group)} to ${quoteName(name)}`);
    }
  }
  return [...carriedNames];
}

/** Roles that this move made: their comment says so. */
export async function rolesOf(target: Database, names: RunNames): Promise<ReadonlySet<string>> {
  const rows = await target.query<{ role: string }>(
    "select rolname::text as role from pg_roles where shobj_description(oid, 'pg_authid') = $1",
    [madeBy(names)],
  );
  return new Set(rows.map(({ role }) => role));
}

/** The role and the notes that it is ours come in one transaction, so that an interruption leaves none alone. */
async function createRole(target: Database, role: Role, names: RunNames): Promise<void> {
  const name = quoteName(role.name);
  await inTransaction(target, async () => {
    await target.script(
      `create role ${name} nologin ${role.inherits ? "inherit" : "noinherit"}${passwordOf(role)}`,
    );
    await target.script(`grant ${name} to current_user${await membership(target)}`);
    await target.script(`comment on role ${name} is ${quoteText(madeBy(names))}`);
  });
}

/** Lists who may log in once the target is opened. */
async function listLogins(source: Database, target: Database, names: RunNames): Promise<void> {
  const ours = await rolesOf(target, names);
  const logins = (await readRoles(source)).filter(({ name, mayLogIn }) => mayLogIn && ours.has(name));
  await target.query(
    `insert into ${quoteName(names.schema)}.shut_out select unnest($1::name[]) on conflict do nothing`,
    [logins.map(({ name }) => name)],
  );
}

/** After their database is gone they own nothing. */
export async function dropRoles(admin: Database, names: RunNames): Promise<void> {
  for (const role of await rolesOf(admin, names)) await admin.script(`drop role ${quoteName(role)}`);
}

/** Since 16 who makes a role may not act as it unless that is said: https://www.postgresql.org/docs/current/role-membership.html */
async function membership(target: Database): Promise<string> {
  return (await isSince(target, 16)) ? " with inherit true, set true" : "";
}

function passwordOf({ name, mayLogIn, verifier }: Role): string {
  if (!mayLogIn || verifier === null) return "";
  if (verifier.reveal().startsWith("SCRAM-SHA-256$")) return ` password ${quoteText(verifier.reveal())}`;
  throw new OutgrowError(
    "blocked",
    `The password of the role ${name} is stored as md5, which managed servers refuse.`,
    {
      hint: `Set it anew on the source: SET password_encryption = 'scram-sha-256'; then \\password ${name} in psql, with the same password.`,
    },
  );
}

interface Rights {
  readonly owner: string;
  readonly owned: readonly Owned[];
  readonly grants: readonly Grant[];
  readonly settings: readonly LoginSetting[];
}

async function readRights(source: Database): Promise<Rights> {
  const { owner } = await queryOne<{ owner: string }>(
    source,
    "select pg_get_userbyid(datdba) as owner from pg_database where datname = current_database()",
  );
  const [owned, grants] = [await readOwned(source), await readGrants(source)];
  return { owner, owned, grants, settings: await readLoginSettings(source) };
}

/** Without those of what comes after the rows: a materialized view that needs a key, and what describes it. */
async function possible(rights: Rights, source: Database, target: Database): Promise<Rights> {
  const there = new Set((await readOwned(target)).map(({ object }) => object));
  const absent = await absentViews(source, target);
  return {
    ...rights,
    owned: rights.owned.filter(({ object }) => there.has(object)),
    grants: rights.grants.filter(({ statement }) => !absent.some((view) => statement.includes(` ${view} `))),
  };
}

/** As the source writes them. */
async function absentViews(source: Database, target: Database): Promise<readonly string[]> {
  const there = new Set((await readMaterializedViews(target)).map(quoteQualified));
  const views = await readMaterializedViews(source);
  return views.filter((view) => !there.has(quoteQualified(view))).map(({ written }) => written);
}

/** Owners first: a right is given by the owner. */
async function giveRights(
  target: Database,
  databaseName: string,
  { owner, owned, grants, settings }: Rights,
  carried: readonly string[],
): Promise<void> {
  const isCarried = new Set(carried);
  const ownerOf = new Map(
    owned.filter(({ kind }) => kind === "schema").map((each) => [each.schema, each.owner]),
  );
  const statements = [
    ...(isCarried.has(owner)
      ? [`alter database ${quoteName(databaseName)} owner to ${quoteName(owner)}`]
      : []),
    ...owned.filter((each) => isCarried.has(each.owner)).flatMap((each) => ownerStatements(each, ownerOf)),
    ...grants
      .filter(({ grantee, maker }) => [grantee, maker].every((role) => role === null || isCarried.has(role)))
      .map(({ statement }) => statement),
    ...settings
      .filter(({ role }) => role === null || isCarried.has(role))
      .map((each) => settingStatement(each, databaseName)),
  ];
  await inTransaction(target, () => target.script(statements.join(";\n")));
}

/** A new owner needs CREATE on the schema, at least for that moment; the rights that follow say what it keeps. */
function ownerStatements(
  { kind, object, schema, owner }: Owned,
  ownerOf: ReadonlyMap<string, string>,
): readonly string[] {
  const change = `alter ${object} owner to ${quoteName(owner)}`;
  if (kind === "schema" || ownerOf.get(schema) === owner) return [change];
  const place = `on schema ${quoteName(schema)}`;
  return [
    `grant create ${place} to ${quoteName(owner)}`,
    change,
    `revoke create ${place} from ${quoteName(owner)}`,
  ];
}

function settingStatement({ role, isOfDatabase, name, value }: LoginSetting, databaseName: string): string {
  const database = quoteName(databaseName);
  const subject =
    role === null
      ? `database ${database}`
      : `role ${quoteName(role)}${isOfDatabase ? ` in database ${database}` : ""}`;
  return `alter ${subject} set ${quoteName(name)} = ${LISTS.has(name) ? value : quoteText(value)}`;
}

/** Settings whose value is a list and stands there already quoted, as pg_dump knows them too. */
const LISTS = new Set([
  "search_path",
  "temp_tablespaces",
  "session_preload_libraries",
  "shared_preload_libraries",
  "local_preload_libraries",
  "unix_socket_directories",
]);
