import { createHmac } from "node:crypto";
import { OutgrowError } from "../../model/error.ts";
import { Secret } from "../../model/secret.ts";
import { type Database, queryOne } from "../database.ts";
import type { Endpoint } from "../endpoint.ts";
import { LOGIN_DEFAULTS, NEWER_LIMITS, TAKES_NOTHING } from "../loginDefaults.ts";
import { quoteName, quoteText } from "../quote.ts";
import { type RunNames, runNames } from "../runNames.ts";
import { scramVerifier } from "../scram.ts";
import type { MoveOrder, Side } from "./order.ts";

/** The move with a session on either side, in the moved database. */
export interface OpenMove extends AsyncDisposable {
  readonly order: MoveOrder;
  readonly names: RunNames;
  readonly source: Database;
  readonly target: Database;
}

/** The password of our own role, derived so that a resumed move knows it without having kept it. */
export function runPassword({ admin }: Side, id: string): Secret {
  return new Secret(
    createHmac("sha256", admin.password.reveal()).update(`outgrow move ${id}`).digest("base64url"),
  );
}

/** Our own log-in on the source: the administrator's is shut out with all others while writes are held. */
export function runEndpoint({ id, database, source }: MoveOrder): Endpoint {
  return { ...source.admin, database, user: runNames(id).role, password: runPassword(source, id) };
}

/** The administrator's log-in in the moved database. */
export function adminEndpoint(side: Pick<Side, "admin">, database: string): Endpoint {
  return { ...side.admin, database };
}

/** As our own role; `null` where there is none, so that nothing of the move is there either. */
export async function openKnownSource(order: MoveOrder): Promise<Database | null> {
  return order.connect(runEndpoint(order)).catch((error: unknown) => {
    if (error instanceof OutgrowError && error.code === "unauthorized") return null;
    throw error;
  });
}

/** As our own role, which is made when it is not there. */
export async function openSource(order: MoveOrder): Promise<Database> {
  const known = await openKnownSource(order);
  if (known !== null) return known;
  await using admin = await order.connect(adminEndpoint(order.source, order.database));
  await giveRole(admin, runNames(order.id), runPassword(order.source, order.id), "superuser replication");
  return order.connect(runEndpoint(order));
}

/** Opens both; the target's database must be there. */
export async function openMove(order: MoveOrder): Promise<OpenMove> {
  await using kept = new AsyncDisposableStack();
  const source = kept.use(await openSource(order));
  const target = kept.use(await order.connect(adminEndpoint(order.target, order.database)));
  const moved = kept.move();
  return {
    order,
    names: runNames(order.id),
    source,
    target,
    [Symbol.asyncDispose]: () => moved.disposeAsync(),
  };
}

/** Makes our role or gives it its password again, as a verifier: the password stands in no statement. */
export async function giveRole(
  admin: Database,
  { role }: RunNames,
  password: Secret,
  rights: "superuser replication" | "replication" | "",
): Promise<void> {
  const [there] = await admin.query("select from pg_roles where rolname = $1", [role]);
  const verb = there === undefined ? "create" : "alter";
  const defaults = await defaultsScript(admin, role);
  await admin.script(
    `${verb} role ${quoteName(role)} login ${rights} password ${quoteText(scramVerifier(password))}; ${defaults}`,
  );
}

/** By it the other server logs in, whose sessions would be under the limits of the database: a copy of its rows may take hours. */
async function defaultsScript(admin: Database, role: string): Promise<string> {
  const limits = await admin.query<{ name: string }>("select name from pg_settings where name = any($1)", [
    NEWER_LIMITS,
  ]);
  const settings = {
    ...LOGIN_DEFAULTS,
    ...Object.fromEntries(limits.map(({ name }) => [name, "0"])),
    tcp_user_timeout: String(TAKES_NOTHING),
  };
  return Object.entries(settings)
    .map(([name, value]) => `alter role ${quoteName(role)} set ${name} = ${quoteText(value)}`)
    .join("; ");
}

/** A role that still owns something stays, and the server says so. */
export async function dropRole(admin: Database, { role }: RunNames): Promise<void> {
  const databases = await admin.query<{ name: string }>(
    "select d.datname as name from pg_database d cross join aclexplode(d.datacl) g join pg_roles r on r.oid = g.grantee where r.rolname = $1",
    [role],
  );
  for (const { name } of databases) {
    await admin.script(`revoke connect on database ${quoteName(name)} from ${quoteName(role)}`);
  }
  await admin.script(`drop role if exists ${quoteName(role)}`);
}

/** Whether anybody at all is let into a database; asked of another one of the same server. */
export async function takesConnections(elsewhere: Database, name: string): Promise<boolean> {
  const { is } = await queryOne<{ is: boolean }>(
    elsewhere,
    "select datallowconn as is from pg_database where datname = $1",
    [name],
  );
  return is;
}
