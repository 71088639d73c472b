import type { Millis } from "../../model/time.ts";
import { readRecord } from "../fence/record.ts";
import { runNames } from "../runNames.ts";
import type { TargetOrder } from "./order.ts";
import { adminEndpoint } from "./sides.ts";

/** The source, as the target sees it after the switch: whether it still fetches the rows of the way back. */
export interface Listener {
  readonly isActive: boolean;
  /** Since when it is not; `null`: before 17 the server does not know. */
  readonly silentMs: Millis | null;
  /** Changes kept for it on the target's disk. */
  readonly heldBytes: number;
}

/** `null`: nothing is kept for it. https://www.postgresql.org/docs/current/view-pg-replication-slots.html */
export async function readListener(order: TargetOrder): Promise<Listener | null> {
  await using target = await order.connect(adminEndpoint(order.target, order.database));
  const [row] = await target.query<Listener>(
    `select active as "isActive",
            (extract(epoch from clock_timestamp() - (to_jsonb(s) ->> 'inactive_since')::timestamptz) * 1000)::float8 as "silentMs",
            coalesce(pg_wal_lsn_diff(pg_current_wal_lsn(), restart_lsn), 0)::float8 as "heldBytes"
       from pg_replication_slots s where slot_name = $1`,
    [runNames(order.id).back],
  );
  return row ?? null;
}

/** Whether the application writes there, as the target's own record says. */
export async function isTargetOpen(order: TargetOrder): Promise<boolean> {
  await using target = await order.connect(adminEndpoint(order.target, order.database));
  return (await readRecord(target, runNames(order.id)))?.writes === "open";
}
