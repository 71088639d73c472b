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
import { type Database, inTransaction, isSince } from "../database.ts";
import { quoteName, quoteText } from "../quote.ts";
import { madeBy, type RunNames } from "../runNames.ts";

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
  for (const role of carried) if (!taken.has(role.name)) await createRole(target, role, names);
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
export async function listLogins(source: Database, target: Database, names: RunNames): Promise<void> {
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

/** Owners first: a right is given by the owner. Repeating it changes nothing. */
export async function copyOwnership(
  source: Database,
  target: Database,
  databaseName: string,
  carried: readonly string[],
): Promise<void> {
  const [owned, grants, settings] = [
    await readOwned(source),
    await readGrants(source),
    await readLoginSettings(source),
  ];
  const [owner] = await source.query<{ name: string }>(
    "select pg_get_userbyid(datdba) as name from pg_database where datname = current_database()",
  );
  const isCarried = new Set(carried);
  const ownerOf = new Map(
    owned.filter(({ kind }) => kind === "schema").map((each) => [each.schema, each.owner]),
  );
  const statements = [
    ...(isCarried.has(owner?.name ?? "")
      ? [`alter database ${quoteName(databaseName)} owner to ${quoteName(owner?.name ?? "")}`]
      : []),
    ...owned.filter((each) => isCarried.has(each.owner)).flatMap((each) => ownerStatements(each, ownerOf)),
    ...grants
      .filter(({ grantee }) => grantee === null || isCarried.has(grantee))
      .map(({ statement }: Grant) => statement),
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
