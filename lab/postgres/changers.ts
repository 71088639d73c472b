import { setTimeout as sleep } from "node:timers/promises";
import type { Client } from "pg";
import type { Endpoint } from "../../src/postgres/endpoint.ts";
import { stayConnected } from "./stayConnected.ts";

/** Rows that say how often they were changed. */
export function changedSchema(rows: number): string {
  return `
    create table changed (id int primary key, times int not null, at timestamptz not null default now(), note text);
    insert into changed select g, 0, now(), repeat(md5(g::text), 4) from generate_series(1, ${rows}) g;
    create index on changed (at);
  `;
}

export interface ChangerOptions {
  /** Asked at each new connection: the application's configuration. */
  readonly endpoint: () => Endpoint;
  readonly rows: number;
  readonly clients?: number;
  /** Rows of one commit. */
  readonly atOnce?: number;
  /** Between two commits of one client. */
  readonly pauseMs?: number;
}

/** How many changes of rows were acknowledged, and of how many the answer never came. */
export interface Changes {
  readonly acknowledged: number;
  readonly uncertain: number;
}

export interface Changers extends AsyncDisposable {
  stop(): Promise<Changes>;
}

/** Clients that change rows here and there in a table, some 2,000 a second, and reconnect whenever they are thrown out. */
export function startChangers(options: ChangerOptions): Changers {
  const { endpoint, rows, clients = 4, atOnce = 10, pauseMs = 15 } = options;
  const stopping = new AbortController();
  let acknowledged = 0;
  let uncertain = 0;
  const change = async (client: Client): Promise<void> => {
    uncertain += atOnce;
    // Two that lock the same rows in another order would wait for each other.
    const ids = someOf(rows, atOnce).sort((a, b) => a - b);
    await client.query("update changed set times = times + 1, at = now() where id = any($1)", [ids]);
    uncertain -= atOnce;
    acknowledged += atOnce;
    await sleep(pauseMs);
  };
  const running = Array.from({ length: clients }, () =>
    stayConnected({ endpoint, until: stopping.signal }, change),
  );
  const stop = async () => {
    stopping.abort();
    await Promise.all(running);
    return { acknowledged, uncertain };
  };
  return {
    stop,
    [Symbol.asyncDispose]: async () => {
      await stop();
    },
  };
}

function someOf(rows: number, count: number): number[] {
  const ids = new Set<number>();
  while (ids.size < count) ids.add(1 + Math.floor(Math.random() * rows));
  return [...ids];
}
