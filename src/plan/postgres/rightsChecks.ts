import type {
  LoginSettingFact,
  PostgresRole,
  PostgresSourceFacts,
  PostgresTargetFacts,
} from "../../model/postgresFacts.ts";
import {
  blocks,
  type PreflightCheck,
  type PreflightContext,
  type PreflightFinding,
  warns,
} from "./finding.ts";
import { quoted } from "./quoted.ts";

/** What a role is beside its name, its password and its rights: on the target our administrator may not give all of it. */
export const rightsChecks: readonly PreflightCheck[] = [
  (context) => carriedRoles(context).flatMap((role) => lostGroups(role, context)),
  (context) => carriedRoles(context).flatMap((role) => lostBypass(role, context)),
  ({ source, target }) => {
    const refused = new Set(target.refusedSettings);
    const taken = takenNames(target);
    return (source.loginSettings ?? [])
      .filter(({ role, name }) => refused.has(name) && (role === null || !taken.has(role)))
      .map((setting) => lostSetting(setting, source, target.user));
  },
];

/** Those whose name the target has are not carried at all, and that is told elsewhere. */
function carriedRoles({ source, target }: PreflightContext): readonly PostgresRole[] {
  const taken = takenNames(target);
  return (source.roles ?? []).filter(({ name, isSuperuser }) => !isSuperuser && !taken.has(name));
}

function takenNames({ roles = [] }: PostgresTargetFacts): ReadonlySet<string> {
  return new Set(roles.map(({ name }) => name));
}

/** Without these two nothing of the database may be seen; the others are for whoever looks after the server. */
const DATA_GROUPS = new Map([
  ["pg_read_all_data", "SELECT"],
  ["pg_write_all_data", "INSERT, UPDATE, DELETE"],
]);

function lostGroups(
  { name, serverRoles = [] }: PostgresRole,
  { target }: PreflightContext,
): readonly PreflightFinding[] {
  const refused = new Set(target.refusedGroups);
  return serverRoles
    .filter((group) => refused.has(group))
    .map((group) => {
      const evidence = `it is a member of ${group}, and ${target.user} may make nobody that on the target`;
      const rights = DATA_GROUPS.get(group);
      const subject = `the role ${name} of the source`;
      return rights === undefined
        ? warns(
            "role-membership",
            subject,
            evidence,
            `If it is needed there, ask the provider: GRANT ${group} TO ${quoted(name)}; on the target, after the move.`,
          )
        : blocks(
            "role-membership",
            subject,
            evidence,
            `Give it rights of its own, which are carried over; on the source, for each schema: GRANT USAGE ON SCHEMA public TO ${quoted(name)}; ` +
              `GRANT ${rights} ON ALL TABLES IN SCHEMA public TO ${quoted(name)}; then REVOKE ${group} FROM ${quoted(name)}; and plan again.`,
          );
    });
}

const SINCE_16 = 160_000;

function lostBypass(
  { name, bypassesRowSecurity = false }: PostgresRole,
  { source: { rowSecurity = [] }, target }: PreflightContext,
): readonly PreflightFinding[] {
  const mayLet = target.isSuperuser || (target.version >= SINCE_16 && target.bypassesRowSecurity);
  const [first] = rowSecurity;
  if (!bypassesRowSecurity || mayLet || first === undefined) return [];
  return [
    blocks(
      "row-security-bypass",
      `the role ${name} of the source`,
      `it has BYPASSRLS, which ${target.user} may give nobody on the target: after the switch the policies of ${rowSecurity.join(", ")} would hide rows from it`,
      `On the source, for each of these tables: CREATE POLICY ${quoted(`${name}_all`)} ON ${first} TO ${quoted(name)} USING (true) WITH CHECK (true); ` +
        `then ALTER ROLE ${quoted(name)} NOBYPASSRLS; and plan again.`,
    ),
  ];
}

/** A name of one's own is read by functions and policies, and they fail without it. */
function lostSetting(
  setting: LoginSettingFact,
  { database }: PostgresSourceFacts,
  admin: string,
): PreflightFinding {
  const { role, name } = setting;
  const subject = `the setting ${name} of the ${role === null ? `database ${database}` : `role ${role}`}`;
  const evidence = `${admin} may not give it on the target, so it is not carried over`;
  const reset = `ALTER ${placeOf(setting, database)} RESET ${name};`;
  return name.includes(".")
    ? blocks(
        "login-setting",
        subject,
        evidence,
        `Let the application ask for it when it connects: options='-c ${name}=…' in its connection string. Then ${reset} on the source, and plan again.`,
      )
    : warns(
        "login-setting",
        subject,
        evidence,
        `If it is wanted there, set it in the provider's panel after the move. If not: ${reset} on the source.`,
      );
}

function placeOf({ role, isOfDatabase }: LoginSettingFact, database: string): string {
  if (role === null) return `DATABASE ${quoted(database)}`;
  return `ROLE ${quoted(role)}${isOfDatabase ? ` IN DATABASE ${quoted(database)}` : ""}`;
}
