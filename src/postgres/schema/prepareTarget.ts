import { OutgrowError } from "../../model/error.ts";
import { localeOptions, readLocale } from "../catalog/locale.ts";
import { type Database, isSince } from "../database.ts";
import { quoteName, quoteText } from "../quote.ts";
import { stateOf } from "../refusal.ts";
import { madeBy, type RunNames } from "../runNames.ts";

/**
 * Makes the database on the target, of the source's encoding and locale; its comment says whose it is. It is made
 * under our own name and renamed when it has its comment: an interruption leaves nothing that could be taken for the user's.
 */
export async function createDatabase(
  admin: Database,
  source: Database,
  name: string,
  names: RunNames,
): Promise<void> {
  const options = localeOptions(await readLocale(source), await isSince(admin, 15));
  const ours = quoteName(names.schema);
  await admin.script(`drop database if exists ${ours}`);
  await admin.script(`create database ${ours} template template0 ${options}`);
  await admin.script(`comment on database ${ours} is ${quoteText(madeBy(names))}`);
  await admin.script(`alter database ${ours} rename to ${quoteName(name)}`);
}

/** `ours`: this move made it. `foreign`: somebody else's, not to be touched. */
export async function databaseState(
  admin: Database,
  name: string,
  names: RunNames,
): Promise<"absent" | "ours" | "foreign"> {
  const [there] = await admin.query<{ comment: string | null }>(
    "select shobj_description(oid, 'pg_database') as comment from pg_database where datname = $1",
    [name],
  );
  if (there === undefined) return "absent";
  return there.comment === madeBy(names) ? "ours" : "foreign";
}

/** Drops it if this move made it, and only then. */
export async function dropDatabase(admin: Database, name: string, names: RunNames): Promise<void> {
  await admin.script(`drop database if exists ${quoteName(names.schema)}`);
  if ((await databaseState(admin, name, names)) !== "ours") return;
  try {
    await admin.script(`drop database ${quoteName(name)} with (force)`);
  } catch (error) {
    if (stateOf(error) !== NOT_ALLOWED) throw error;
    await endOwnSessions(admin, name);
    await admin.script(`drop database ${quoteName(name)}`);
  }
}

/**
 * An administrator who is no superuser may not end the server's own tidying of tables, and so may not `force` while it is
 * at work (`TerminateOtherDBBackends` in https://github.com/postgres/postgres/blob/REL_17_STABLE/src/backend/storage/ipc/procarray.c).
 * Without `force` the server ends that by itself.
 */
const NOT_ALLOWED = "42501";

async function endOwnSessions(admin: Database, name: string): Promise<void> {
  await admin.query(
    "select pg_terminate_backend(pid, 5000) from pg_stat_activity where datname = $1 and usename is not null",
    [name],
  );
}

export function nameTaken(name: string, { place }: Database): OutgrowError {
  return new OutgrowError(
    "blocked",
    `The target (${place}) has a database ${name} already, and it is not of this move.`,
    {
      hint: `Look what is in it; if nobody needs it, DROP DATABASE ${quoteName(name)}; there, or name another in outgrow.yaml.`,
    },
  );
}
