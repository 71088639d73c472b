import { formatDuration } from "../../model/format.ts";
import type { TableCopy } from "../../model/progress.ts";
import { type Millis, SECOND } from "../../model/time.ts";
import { IS_USERS } from "../catalog/tables.ts";
import type { Database } from "../database.ts";
import type { RunNames } from "../runNames.ts";
import type { MoveNews } from "./news.ts";
import type { OpenMove } from "./sides.ts";

/** How far the first copies are: table by table, how fast, and when they will be through. */
export interface CopyMeter {
  /** Gives the bytes that the source has sent of what is under way. `more`: what else is to be said. */
  tell(more?: readonly string[]): Promise<number>;
  /** When all of it has come in: no table is left waiting or half done in what is shown. */
  end(): void;
}

export async function createCopyMeter(move: OpenMove): Promise<CopyMeter> {
  const { order, source } = move;
  const sizes = await readSizes(source);
  const look = createLook(move);
  const rate = createRate(order.now);
  return {
    tell: async (more = []) => {
      const now = await look();
      const tables = sizes.map(({ table, ofBytes }) => tableCopy(table, ofBytes, now.get(table)));
      order.tell(copyNews(tables, rate(sum(tables.map(doneBytes))), more));
      return sum(tables.map(({ state, bytes }) => (state === "copying" ? (bytes ?? 0) : 0)));
    },
    end: () => order.tell(copyNews(sizes.map(copiedTable), null, [])),
  };
}

/** Of one table. */
interface CopyNow {
  readonly isCopied: boolean;
  /** `null`: nobody copies it at this moment. */
  readonly rows: number | null;
  readonly bytes: number | null;
}

function tableCopy(table: string, ofBytes: number, now: CopyNow | undefined): TableCopy {
  if (now?.isCopied === true) return copiedTable({ table, ofBytes });
  const { rows = null, bytes = null } = now ?? {};
  return { table, state: rows === null ? "waiting" : "copying", rows, bytes, ofBytes };
}

function copiedTable({ table, ofBytes }: TableSize): TableCopy {
  return { table, state: "copied", rows: null, bytes: ofBytes, ofBytes };
}

/** Rows as text may be larger than the table they come from. */
function doneBytes({ bytes, ofBytes }: TableCopy): number {
  return Math.min(bytes ?? 0, ofBytes);
}

const MOST_NAMED = 2;

/** `12/41 tables copied · 412 of 1203 MB · 96 MB/s · 8 s left · public.orders under way: 120000 rows, 45 MB` */
export function copyNews(
  tables: readonly TableCopy[],
  bytesPerMs: number | null,
  more: readonly string[],
): MoveNews {
  const [done, all] = [sum(tables.map(doneBytes)), sum(tables.map(({ ofBytes }) => ofBytes))];
  const copied = tables.filter(({ state }) => state === "copied").length;
  const text = [
    `${copied}/${tables.length} tables copied`,
    `${megabytes(done)} of ${megabytes(all)} MB`,
    ...(bytesPerMs === null || bytesPerMs <= 0 ? [] : rateText(bytesPerMs, all - done)),
    ...tables
      .filter(({ state }) => state === "copying")
      .slice(0, MOST_NAMED)
      .map(({ table, rows, bytes }) => `${table} under way: ${rows} rows, ${megabytes(bytes ?? 0)} MB`),
    ...more,
  ].join(" · ");
  return { kind: "progress", text, share: all === 0 ? 1 : done / all, tables };
}

function rateText(bytesPerMs: number, leftBytes: number): readonly string[] {
  const speed = bytesPerMs / 1_000;
  return [
    `${speed < 10 ? speed.toFixed(1) : Math.round(speed)} MB/s`,
    `${formatDuration(leftBytes / bytesPerMs)} left`,
  ];
}

function megabytes(bytes: number): number {
  return Math.round(bytes / 1e6);
}

const WINDOW: Millis = 20 * SECOND;
const SHORTEST: Millis = 2 * SECOND;

/** Bytes a millisecond over the last while; `null` until there is one. */
export function createRate(now: () => number): (bytes: number) => number | null {
  let seen: { readonly at: number; readonly bytes: number }[] = [];
  return (bytes) => {
    const at = now();
    seen = [...seen.filter((each) => at - each.at <= WINDOW), { at, bytes }];
    const [first] = seen;
    const tookMs = at - (first?.at ?? at);
    return tookMs < SHORTEST ? null : (bytes - (first?.bytes ?? bytes)) / tookMs;
  };
}

type TableSize = Pick<TableCopy, "table" | "ofBytes">;

async function readSizes(source: Database): Promise<readonly TableSize[]> {
  return source.query(
    `select format('%I.%I', n.nspname, c.relname) as table, pg_table_size(c.oid)::float8 as "ofBytes"
       from pg_class c join pg_namespace n on n.oid = c.relnamespace
      where c.relkind = 'r' and c.relpersistence = 'p' and ${IS_USERS} order by 2 desc, 1`,
  );
}

/** https://www.postgresql.org/docs/current/catalog-pg-subscription-rel.html */
const COPIED =
  "select srrelid::regclass::text as table from pg_subscription_rel where srsubstate in ('f', 's', 'r')";

const SENT = `select p.relid::regclass::text as table, p.tuples_processed::float8 as rows, p.bytes_processed::float8 as bytes
  from pg_stat_progress_copy p join pg_stat_activity a on a.pid = p.pid
  where p.datname = current_database() and a.usename = $1`;

/** What the source is sending now to whoever logs in as we do: it tells us all, which not every target does. */
async function readSentCopies(
  source: Database,
  { role }: RunNames,
): Promise<readonly { readonly table: string; readonly rows: number; readonly bytes: number }[]> {
  return source.query(SENT, [role]);
}

/** No catalog of the target says which tables pg_dump has brought; one that was under way and is no more has come in. */
function createLook({ order, names, source, target }: OpenMove): () => Promise<ReadonlyMap<string, CopyNow>> {
  const known = new Map<string, CopyNow>();
  return async () => {
    const copied =
      order.driver === "offline"
        ? [...known.keys()]
        : (await target.query<{ table: string }>(COPIED)).map(({ table }) => table);
    known.clear();
    for (const { table, rows, bytes } of await readSentCopies(source, names))
      known.set(table, { isCopied: false, rows, bytes });
    for (const table of copied)
      if (!known.has(table)) known.set(table, { isCopied: true, rows: null, bytes: null });
    return known;
  };
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, each) => total + each, 0);
}
