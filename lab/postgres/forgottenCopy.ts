import type { Client } from "pg";
import { waitFor } from "../waitFor.ts";

/** Until the first copy of a table is through. */
export async function untilFollows(subscriber: Client, table: string): Promise<void> {
  const follows = async () => {
    const { rows } = await subscriber.query(
      "select from pg_subscription_rel where srrelid = $1::regclass and srsubstate = 'r'",
      [table],
    );
    return rows.length === 1 || undefined;
  };
  await waitFor(`${table} to follow`, follows, 30_000);
}

/** As a server that was killed just after a table had begun to follow; gives how a slot of its copy is named. */
export async function forgetFollowing(subscriber: Client, table: string): Promise<string> {
  const { rows } = await subscriber.query<{ slot: string }>(
    `update pg_subscription_rel set srsubstate = 'f', srsublsn = null where srrelid = $1::regclass and srsubstate = 'r'
      returning format('pg_%s_sync_%s_1', srsubid, srrelid) as slot`,
    [table],
  );
  const [forgotten] = rows;
  if (forgotten === undefined) throw new Error(`${table} does not follow`);
  return forgotten.slot;
}
