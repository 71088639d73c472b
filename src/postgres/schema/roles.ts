import { OutgrowError } from "../../model/error.ts";
import { quoted } from "../../plan/postgres/quoted.ts";
import {
  isOfServer,
  type Membership,
  mayLetBypass,
  type Role,
  readRoles,
  refusedGroups,
  roleNames,
} from "../catalog/roles.ts";
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
  const carried = await carriedRoles(source, target, names);
  const ours = await rolesOf(target, names);
  const mayBypass = await mayLetBypass(target);
  for (const role of carried) {
    const attributes = attributesOf(role, mayBypass);
    // A password may have been changed since.
    if (ours.has(role.name)) await target.script(`alter role ${quoteName(role.name)}${attributes}`);
    else await createRole(target, role.name, attributes, names);
  }
  await joinGroups(target, carried);
  return carried.map(({ name }) => name);
}

/** Those whose name was free on the target. */
export async function carriedRoles(
  source: Database,
  target: Database,
  names: RunNames,
): Promise<readonly Role[]> {
  const [roles, taken, ours] = await Promise.all([
    readRoles(source),
    roleNames(target),
    rolesOf(target, names),
  ]);
  return roles.filter(({ name }) => !taken.has(name) || ours.has(name));
}

async function joinGroups(target: Database, carried: readonly Role[]): Promise<void> {
  const ofServer = carried.flatMap(({ memberOf }) => memberOf.map(({ group }) => group).filter(isOfServer));
  const refused = await refusedGroups(target, ofServer);
  const given = new Set([
    ...carried.map(({ name }) => name),
    ...ofServer.filter((group) => !refused.has(group)),
  ]);
  for (const { name, memberOf } of carried) {
    for (const membership of memberOf.filter(({ group }) => given.has(group))) {
      await target.script(
        `grant ${quoteName(membership.group)} to ${quoteName(name)}${optionsOf(membership)}`,
      );
    }
  }
}

/** https://www.postgresql.org/docs/current/sql-grant.html#SQL-GRANT-DESCRIPTION-ROLES */
function optionsOf({ hasAdmin, inherits, mayAct }: Membership): string {
  const options = [
    ...(hasAdmin ? ["admin option"] : []),
    ...(inherits === null ? [] : [`inherit ${inherits}`]),
    ...(mayAct === null ? [] : [`set ${mayAct}`]),
  ];
  return options.length === 0 ? "" : ` with ${options.join(", ")}`;
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
async function createRole(
  target: Database,
  role: string,
  attributes: string,
  names: RunNames,
): Promise<void> {
  const name = quoteName(role);
  await inTransaction(target, async () => {
    await target.script(`create role ${name} nologin${attributes}`);
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

/** All but the log-in, which comes with the switch. Databases and roles our administrator makes itself, so it may let others do so. */
function attributesOf(role: Role, mayBypass: boolean): string {
  const yesOrNo = (word: string, isSo: boolean) => (isSo ? word : `no${word}`);
  return [
    "",
    yesOrNo("inherit", role.inherits),
    yesOrNo("createdb", role.makesDatabases),
    yesOrNo("createrole", role.makesRoles),
    ...(mayBypass ? [yesOrNo("bypassrls", role.bypassesRowSecurity)] : []),
    `connection limit ${role.connectionLimit} valid until ${quoteText(role.validUntil)}${passwordOf(role)}`,
  ].join(" ");
}

function passwordOf({ name, mayLogIn, verifier }: Role): string {
  if (!mayLogIn || verifier === null) return "";
  if (verifier.reveal().startsWith("SCRAM-SHA-256$")) return ` password ${quoteText(verifier.reveal())}`;
  throw new OutgrowError(
    "blocked",
    `The password of the role ${name} is stored as md5, which managed servers refuse.`,
    {
      hint: `Set it anew on the source: SET password_encryption = 'scram-sha-256'; then \\password ${quoted(name)} in psql, with the same password.`,
    },
  );
}
