import { OutgrowError } from "../../model/error.ts";
import type { Database } from "../database.ts";
import { type RunNames, runNames } from "../runNames.ts";
import type { MoveOrder, TargetOrder } from "./order.ts";
import { adminEndpoint, openKnownSource, runEndpoint, takesConnections } from "./sides.ts";

/** What each server still knows of a move, in words; nothing once it is finished. */
export interface ServerTraces {
  readonly source: readonly string[];
  readonly target: readonly string[];
}

/** Looks, and changes nothing. */
export async function tracesOf(order: MoveOrder): Promise<ServerTraces> {
  return { source: await tracesOnSource(order, runNames(order.id)), target: await tracesOnTarget(order) };
}

/** The new server's alone. */
export async function tracesOnTarget(order: TargetOrder): Promise<readonly string[]> {
  await using target = await order.connect(adminEndpoint(order.target, order.database));
  return await tracesOn(target, runNames(order.id));
}

/** What a move has on a source that cannot be asked; `followedBy`: who still followed it when it was lost. */
export function likelyTraces(
  id: string,
  canReturn: boolean,
  followedBy: "subscription" | "provider" | null,
): readonly string[] {
  const { role, schema, forward, back, touched } = runNames(id);
  return [
    `role ${role}`,
    ...(followedBy === "subscription" ? [`slot ${forward}`] : []),
    ...(followedBy === null ? [] : [`slot ${touched}`, `publication ${forward}`]),
    ...(canReturn ? [`subscription ${back}`] : []),
    `schema ${schema}`,
  ];
}

/** Inside the moved database there is more to see, until nobody is let into it any more. */
async function tracesOnSource(order: MoveOrder, names: RunNames): Promise<readonly string[]> {
  await using beside = await openBeside(order);
  const outside = await tracesOn(beside, names);
  if (!(await takesConnections(beside, order.database))) return outside;
  await using known = await openKnownSource(order);
  const inside = known === null ? [] : await tracesOn(known, names);
  return [...new Set([...outside, ...inside])];
}

/** Whether it is the source of this move that answers: it has our role until all is finished. */
export async function isSourceItself(order: MoveOrder): Promise<boolean> {
  await using beside = await openBeside(order);
  const found = await beside.query("select from pg_roles where rolname = $1", [runNames(order.id).role]);
  return found.length > 0;
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
  return found.map(({ trace }) => trace);
}
