import type {
  PostgresRole,
  PostgresSourceFacts,
  PostgresTargetFacts,
  PostgresTargetRole,
} from "../../model/postgresFacts.ts";
import { blocks, type PreflightCheck, type PreflightFinding, warns } from "./finding.ts";
import { quoted } from "./quoted.ts";

/** Roles are carried over with their passwords, unless the target has one of that name: then nothing of it is. */
export const roleChecks: readonly PreflightCheck[] = [
  ({ source, target }) => {
    const there = new Map((target.roles ?? []).map((role) => [role.name, role]));
    return (source.roles ?? []).flatMap((role) => {
      const taken = there.get(role.name);
      return taken === undefined ? [] : takenRole(role, taken, source, target);
    });
  },
];

function takenRole(
  role: PostgresRole,
  taken: PostgresTargetRole,
  source: PostgresSourceFacts,
  target: PostgresTargetFacts,
): readonly PreflightFinding[] {
  const roles = source.roles ?? [];
  const subject = `the role ${role.name} of the source`;
  if (role.isSuperuser) {
    if (role.owned === 0 || !role.mayLogIn) return [];
    const evidence = evidenceOf(role, "neither its password nor what it owns here");
    return isApplications(role, roles)
      ? [blocks("role-taken", subject, evidence, superuserFix(role, source))]
      : [warns("role-taken", subject, evidence, ownedByOthersFix(role, source, target))];
  }
  if (role.mayLogIn) {
    if (!hasAnything(role, roles)) return [];
    const evidence = evidenceOf(role, "neither its password nor its rights");
    return [blocks("role-taken", subject, evidence, loginFix(role, taken, source))];
  }
  const members = membersOf(role, roles);
  if (role.owned + role.rights === 0 || members.length === 0) return [];
  const evidence = `${evidenceOf(role, "none of its rights")}; its members are ${members.join(", ")}`;
  return [blocks("role-taken", subject, evidence, groupFix(role, taken, source))];
}

/**
 * A superuser may do everything, and so anything here may be used by it. It is left to itself only where it is not there now
 * and somebody else who may log in owns as much: then that one is the application, and this one has made a table at times.
 */
function isApplications(role: PostgresRole, roles: readonly PostgresRole[]): boolean {
  return role.sessions > 0 || !roles.some((each) => isOwnerToo(each, role, roles));
}

function isOwnerToo(each: PostgresRole, role: PostgresRole, roles: readonly PostgresRole[]): boolean {
  const groups = roles.filter(({ name }) => each.memberOf.includes(name));
  const owned = [each, ...groups].reduce((sum, one) => sum + one.owned, 0);
  return each !== role && each.mayLogIn && owned >= role.owned;
}

/** Of its own or as a member of another. */
function hasAnything(role: PostgresRole, roles: readonly PostgresRole[]): boolean {
  const groups = roles.filter(({ name }) => role.memberOf.includes(name));
  return [role, ...groups].some(({ owned, rights }) => owned + rights > 0);
}

function membersOf({ name }: PostgresRole, roles: readonly PostgresRole[]): readonly string[] {
  return roles
    .filter(({ mayLogIn, isSuperuser, memberOf }) => mayLogIn && !isSuperuser && memberOf.includes(name))
    .map((each) => each.name);
}

function evidenceOf(
  { owned, firstOwned, rights, isSuperuser, memberOf, sessions }: PostgresRole,
  lost: string,
): string {
  const has = [
    ...(owned === 0 ? [] : [`owns ${counted(owned, "object")} (${firstOwned}${owned === 1 ? "" : ", …"})`]),
    ...(rights === 0 || isSuperuser ? [] : [`was given ${counted(rights, "right")}`]),
    ...(memberOf.length === 0 || isSuperuser ? [] : [`is a member of ${memberOf.join(", ")}`]),
    ...(sessions === 0 ? [] : [`has ${counted(sessions, "session")} now`]),
  ];
  return `the target has a role of that name, so ${lost} is carried over; in this database it ${has.join(", ")}`;
}

function superuserFix({ name, firstOwned }: PostgresRole, source: PostgresSourceFacts): string {
  const own = quoted(ownName(source));
  return (
    "If the application logs in by it, give the application a role of its own; on the source: CREATE ROLE helper SUPERUSER LOGIN PASSWORD '…'; " +
    `then as helper: BEGIN; ALTER ROLE ${quoted(name)} RENAME TO ${own}; CREATE ROLE ${quoted(name)} SUPERUSER LOGIN PASSWORD '…'; COMMIT; ` +
    `everything is owned by ${own} then, with the password there was, and log-ins by the old name go on. ` +
    `Write ${own} as the user into the application's Secret, restart it, DROP ROLE helper; and plan again. ` +
    `(REASSIGN OWNED is refused for the role the server was made with.) If it does not log in by it: ALTER ${firstOwned} OWNER TO the role by which it does, and so each.`
  );
}

function ownedByOthersFix(
  { name, firstOwned }: PostgresRole,
  source: PostgresSourceFacts,
  { user }: PostgresTargetFacts,
): string {
  return (
    `There it will be ${user}'s. If that is not right: ALTER ${firstOwned} OWNER TO the application's role, and so each, before the move. ` +
    `If the application logs in by ${name}, give it a role of its own (${ownName(source)}) before: it could not log in after the switch.`
  );
}

function loginFix({ name }: PostgresRole, taken: PostgresTargetRole, source: PostgresSourceFacts): string {
  const own = quoted(ownName(source));
  return (
    `${dropThere(taken)}On the source: ALTER ROLE ${quoted(name)} RENAME TO ${own}; and write ${own} as the user, with the password it has, ` +
    "into the Secret of whoever logs in by it at once, and restart it: new log-ins by the old name are refused. Then plan again."
  );
}

function groupFix({ name }: PostgresRole, taken: PostgresTargetRole, source: PostgresSourceFacts): string {
  const own = quoted(`${source.database}_${name}`);
  return `${dropThere(taken)}On the source: ALTER ROLE ${quoted(name)} RENAME TO ${own}; its members keep it, and nobody logs in by it. Then plan again.`;
}

/** The provider's own may not be taken away. */
function dropThere({ name, isProviders }: PostgresTargetRole): string {
  return isProviders
    ? ""
    : `If it was made on the target by hand and nobody needs it there: DROP ROLE ${quoted(name)}; on the target, or delete the user in the provider's panel. Else: `;
}

function ownName({ database }: PostgresSourceFacts): string {
  return `${database}_app`;
}

function counted(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? "" : "s"}`;
}
