import pg from "pg";
import { isDeed } from "../postgres/deed.ts";
import type { Boundaries } from "./boundaries.ts";

type Query = (this: pg.Client, sql: unknown, ...rest: readonly unknown[]) => Promise<unknown>;

/** Both sides of every statement that changes something, on whichever server: the driver itself is stood in front of. */
export function boundStatements({ pass }: Boundaries): void {
  const query = pg.Client.prototype.query as unknown as Query;
  const bound: Query = async function (sql, ...rest) {
    if (typeof sql !== "string" || !isDeed(sql)) return query.call(this, sql, ...rest);
    const name = sql.trim().split("\n")[0]?.slice(0, 60);
    pass(`before ${name}`);
    const result = await query.call(this, sql, ...rest);
    pass(`after ${name}`);
    return result;
  };
  pg.Client.prototype.query = bound as unknown as typeof pg.Client.prototype.query;
}
