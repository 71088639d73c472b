import { type LoginSetting, readLoginSettings, refusedSettings } from "../catalog/loginSettings.ts";
import { type Grant, type Owned, readGrants, readOwned } from "../catalog/ownership.ts";
import { readMaterializedViews } from "../catalog/tables.ts";
import { type Database, despiteDeadlocks, oneByOne, queryOne } from "../database.ts";
import { quoteName, quoteQualified, quoteText } from "../quote.ts";
import type { RunNames } from "../runNames.ts";
import { copyRoles, listLogins } from "./roles.ts";

/**
 * Roles, who may log in once the target is opened, and what they own and may do. `part`: only the beginning of the schema is
 * there, what it lacks is passed over. Safe to repeat.
 */
export async function copyRights(sides: Sides, extent: "part" | "whole"): Promise<void> {
  const { names, source, target } = sides;
  const carried = await copyRoles(source, target, names);
  await listLogins(source, target, names);
  const rights = await readRights(source, target);
  const ownersThere = new Map((await readOwned(target)).map(({ object, owner }) => [object, owner]));
  const given =
    extent === "whole" ? rights : possible(rights, ownersThere, await absentViews(source, target));
  await giveRights(sides, given, carried, ownersThere);
}

interface Sides {
  readonly order: { readonly database: string };
  readonly names: RunNames;
  readonly source: Database;
  readonly target: Database;
}

/** By object, as `ALTER` names it. */
type Owners = ReadonlyMap<string, string>;

interface Rights {
  readonly owner: string;
  /** Of the schema `public`, which every database has from its beginning. */
  readonly publicOwner: string;
  readonly owned: readonly Owned[];
  readonly grants: readonly Grant[];
  readonly settings: readonly LoginSetting[];
}

/** Of the settings those that the target lets us give; the preflight has told the others. */
async function readRights(source: Database, target: Database): Promise<Rights> {
  const { owner, publicOwner } = await queryOne<Pick<Rights, "owner" | "publicOwner">>(
    source,
    `select pg_get_userbyid(datdba) as owner, (select pg_get_userbyid(nspowner) from pg_namespace where nspname = 'public') as "publicOwner"
       from pg_database where datname = current_database()`,
  );
  const [owned, grants] = [await readOwned(source), await readGrants(source)];
  const settings = await readLoginSettings(source);
  const refused = await refusedSettings(
    target,
    settings.map(({ name }) => name),
  );
  return { owner, publicOwner, owned, grants, settings: settings.filter(({ name }) => !refused.has(name)) };
}

/** Without those of what comes after the rows: a materialized view that needs a key, and what describes it. */
function possible(rights: Rights, ownersThere: Owners, absent: readonly string[]): Rights {
  return {
    ...rights,
    owned: rights.owned.filter(({ object }) => ownersThere.has(object)),
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
  { order, names, target }: Sides,
  { owner, publicOwner, owned, grants, settings }: Rights,
  carried: readonly string[],
  ownersThere: Owners,
): Promise<void> {
  const database = quoteName(order.database);
  const isCarried = new Set(carried);
  const hasOwnPublic = publicOwner !== owner && isCarried.has(publicOwner);
  const ownerOf = new Map([
    ...owned.filter(({ kind }) => kind === "schema").map((each) => [each.schema, each.owner] as const),
    ...(hasOwnPublic ? [["public", publicOwner] as const] : []),
  ]);
  const statements = [
    ...(isCarried.has(owner) ? [`alter database ${database} owner to ${quoteName(owner)}`] : []),
    ...(hasOwnPublic ? publicStatements(publicOwner, database) : []),
    ...owned
      .filter((each) => isCarried.has(each.owner) && ownersThere.get(each.object) !== each.owner)
      .flatMap((each) => ownerStatements(each, ownerOf)),
    ...grants
      .filter(({ grantee, maker }) => [grantee, maker].every((role) => role === null || isCarried.has(role)))
      .map(({ statement }) => statement),
    ...(grants.some(shutsDatabase)
      ? [`grant connect on database ${database} to ${quoteName(names.role)}`]
      : []),
    ...settings
      .filter(({ role }) => role === null || isCarried.has(role))
      .map((each) => settingStatement(each, database)),
  ];
  // Rows may come in meanwhile: whoever held all tables at once would wait for one who waits for us.
  await despiteDeadlocks(() => oneByOne(target, statements));
}

/** Then ours may come in only where that is said, and the way back needs it. */
function shutsDatabase({ statement }: Grant): boolean {
  return statement.startsWith("revoke all on database ");
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

/** As for others, but what its new owner needs is a right on the database. */
function publicStatements(owner: string, database: string): readonly string[] {
  const role = quoteName(owner);
  return [
    `grant create on database ${database} to ${role}`,
    `alter schema public owner to ${role}`,
    `revoke create on database ${database} from ${role}`,
  ];
}

function settingStatement({ role, isOfDatabase, name, value }: LoginSetting, database: string): string {
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
