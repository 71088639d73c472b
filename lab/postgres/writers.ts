import { setTimeout as sleep } from "node:timers/promises";
import type { Client } from "pg";
import type { Endpoint } from "../../src/postgres/endpoint.ts";
import { waitFor } from "../waitFor.ts";
import { stayConnected } from "./stayConnected.ts";

/** What clients were told about their commits. */
export interface Ledger {
  /** `writer/number` of every commit that was acknowledged. */
  readonly acknowledged: ReadonlySet<string>;
  /** Those whose answer never came: they may be there or not. */
  readonly uncertain: ReadonlySet<string>;
  /** The longest time no client at all had a commit acknowledged. */
  readonly longestGapMs: number;
  /** From the last commit acknowledged by one server to the first by the next; the longest such time, 0 while there was one server only. */
  readonly switchMs: number;
}

export interface Writers extends AsyncDisposable {
  ledger(): Ledger;
  /** The acknowledged commits so far. */
  count(): number;
  /** Comes back when so many more were acknowledged; `where` is for the message when they are not. */
  more(commits: number, where: string): Promise<void>;
  stop(): Promise<Ledger>;
}

export interface WriterOptions {
  /** Asked at each new connection: the application's configuration. */
  readonly endpoint: () => Endpoint;
  readonly clients?: number;
  /** The number of the first: writers that come later must not count from one again. */
  readonly first?: number;
  /** Between two commits of one client. */
  readonly pauseMs?: number;
  /** Instead: from the beginning of one to that of the next. One that took longer is followed at once. */
  readonly everyMs?: number;
  /** Before a client that was thrown out or refused connects again. */
  readonly retryMs?: number;
}

/** Rows that say by themselves whether a commit was lost, doubled or half done. */
export const LEDGER_SCHEMA = `
  create table entries (writer int, number int, note text not null, primary key (writer, number));
  create table totals (writer int primary key, count int not null);
  create sequence numbers;
`;

/**
 * Clients that commit without end and reconnect whenever they are thrown out. Each commit is an insert
 * and an update, so that a transaction that arrived in part shows.
 */
export function startWriters({
  endpoint,
  clients = 4,
  first = 0,
  pauseMs = 20,
  everyMs,
  retryMs = 10,
}: WriterOptions): Writers {
  const acknowledged = new Set<string>();
  const uncertain = new Set<string>();
  const stopping = new AbortController();
  let last: { at: number; port: number | null } = { at: performance.now(), port: null };
  let longestGapMs = 0;
  let switchMs = 0;
  const acknowledge = (id: string, port: number) => {
    const at = performance.now();
    const gapMs = at - last.at;
    longestGapMs = Math.max(longestGapMs, gapMs);
    if (last.port !== null && last.port !== port) switchMs = Math.max(switchMs, gapMs);
    last = { at, port };
    acknowledged.add(id);
  };
  const write = async (writer: number): Promise<void> => {
    let number = 0;
    await stayConnected({ endpoint, until: stopping.signal, retryMs }, async (client, server) => {
      const began = performance.now();
      const id = `${writer}/${++number}`;
      uncertain.add(id);
      await commit(client, writer, number);
      uncertain.delete(id);
      acknowledge(id, server.port);
      await sleep(everyMs === undefined ? pauseMs : Math.max(0, began + everyMs - performance.now()));
    });
  };
  const running = Array.from({ length: clients }, (_, index) => write(first + index));
  const ledger = () => ({ acknowledged, uncertain, longestGapMs, switchMs });
  const stop = async () => {
    stopping.abort();
    await Promise.all(running);
    return ledger();
  };
  return {
    ledger,
    count: () => acknowledged.size,
    more: async (commits, where) => {
      const before = acknowledged.size;
      await waitFor(`commits ${where}`, () => acknowledged.size > before + commits || undefined);
    },
    stop,
    [Symbol.asyncDispose]: async () => {
      await stop();
    },
  };
}

async function commit(client: Client, writer: number, number: number): Promise<void> {
  await client.query("begin");
  await client.query("insert into entries values ($1, $2, 'entry ' || nextval('numbers'))", [writer, number]);
  await client.query(
    "insert into totals values ($1, 1) on conflict (writer) do update set count = totals.count + 1",
    [writer],
  );
  await client.query("commit");
}
