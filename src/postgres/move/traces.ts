import { OutgrowError } from "../../model/error.ts";
import type { Database } from "../database.ts";
import { type RunNames, runNames } from "../runNames.ts";
import type { MoveOrder } from "./order.ts";
import { adminEndpoint, runEndpoint } from "./sides.ts";

/**
 * What the servers still know of a move, in words; empty once it is finished. Looks, and changes nothing. Of the
 * source only what is told from outside the moved database, which takes no connection then.
 */
export async function tracesOf(order: MoveOrder): Promise<readonly string[]> {
  const names = runNames(order.id);
  await using source = await openBeside(order);
  await using target = await order.connect(adminEndpoint(order.target, order.database));
  return [...(await tracesOn(source, names)), ...(await tracesOn(target, names))];
}

/** As our own role while there is one: it is the last to go, and until then the administrator may be shut out. */
async function openBeside(order: MoveOrder): Promise<Database> {
  const { admin } = order.source;
  return order.connect({ ...runEndpoint(order), database: admin.database }).catch((error: unknown) => {
    if (error instanceof OutgrowError && error.code === "unauthorized") return order.connect(admin);
    throw error;
  });
}

async function tracesOn(
  database: Database,
  { role, schema, forward, back, touched }: RunNames,
): Promise<readonly string[]> {
  const names = [role, schema, forward, back, touched];
  const found = await database.query<{ trace: string }>(
    `select 'role ' || rolname as trace from pg_roles where rolname = any($1)
      union all select 'slot ' || slot_name from pg_replication_slots where slot_name = any($1)
      union all select 'subscription ' || subname from pg_stat_subscription where subname = any($1)
      union all select 'publication ' || pubname from pg_publication where pubname = any($1)
      union all select 'schema ' || nspname from pg_namespace where nspname = any($1)`,
    [names],
  );
  return found.map(({ trace }) => `${trace} on ${database.place}`);
}
