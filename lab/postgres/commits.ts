import type { Client } from "pg";
import { inClosed, inGlaze, inMoved } from "./application.ts";
import type { LabPair, LabSide } from "./pair.ts";
import type { Ledger } from "./writers.ts";

type Told = Pick<Ledger, "acknowledged" | "uncertain">;

/**
 * What is wrong with the commits that clients were told of, in words: empty when each acknowledged one is once and whole on the
 * side that serves, and none sits on the other side only.
 */
export async function commitFaults(
  pair: LabPair,
  serving: "source" | "target",
  told: Told,
): Promise<readonly string[]> {
  // The other first: what came to it from where clients write is there when that one is read.
  const others = await (serving === "target" ? inOldSource(pair, entriesOf) : inOldTarget(pair, entriesOf));
  return (serving === "source" ? inGlaze : inMoved)(pair, async (client) => {
    const here = new Set((await entriesOf(client)).map(({ id }) => id));
    const strays = (others ?? []).filter(({ id }) => !here.has(id));
    return [
      ...(await faultsOf(client, told)),
      ...strays.map(({ id }) => `${id} is on the side only that does not serve`),
    ];
  });
}

interface Entry {
  readonly id: string;
  readonly times: number;
}

async function entriesOf(client: Client): Promise<readonly Entry[]> {
  const { rows } = await client.query<Entry>(
    "select writer || '/' || number as id, count(*)::int as times from public.entries group by 1",
  );
  return rows;
}

/** On one side alone. */
export async function faultsOf(
  client: Client,
  { acknowledged, uncertain }: Told,
): Promise<readonly string[]> {
  const times = new Map((await entriesOf(client)).map((entry) => [entry.id, entry.times]));
  const timesOf = (id: string) => times.get(id) ?? 0;
  const wrong = [
    ...[...acknowledged].filter((id) => timesOf(id) !== 1),
    ...[...uncertain].filter((id) => timesOf(id) > 1),
  ];
  const surprising = [...times.keys()].filter((id) => !acknowledged.has(id) && !uncertain.has(id));
  const halves = await client.query<{ writer: number }>(
    `select writer from public.totals t where count <> (select count(*) from public.entries e where e.writer = t.writer)`,
  );
  return [
    ...wrong.map((id) => `${id} is there ${timesOf(id)} times`),
    ...surprising.map((id) => `${id} was never acknowledged`),
    ...halves.rows.map(({ writer }) => `a commit of writer ${writer} is there in part`),
  ];
}

/** After the switch the source lets in the move's own role only, which has its name on the target too; after the end of the move nobody. */
async function inOldSource<T>(pair: LabPair, deed: (client: Client) => Promise<T>): Promise<T | null> {
  const [role] = await ask<{ name: string }>(
    pair.target,
    "select rolname as name from pg_roles where rolname like 'outgrow\\_%'",
  );
  if (role !== undefined) return inClosed(pair, role.name.replace("outgrow_", ""), deed);
  return withLeave(pair.source, () => inGlaze(pair, deed));
}

/** `null`: it is not there, as after the way back. */
function inOldTarget<T>(pair: LabPair, deed: (client: Client) => Promise<T>): Promise<T | null> {
  return withLeave(pair.target, () => inMoved(pair, deed));
}

/** A database that takes no connection takes them for the time of the deed. */
async function withLeave<T>(side: LabSide, deed: () => Promise<T>): Promise<T | null> {
  const [database] = await ask<{ isOpen: boolean }>(
    side,
    `select datallowconn as "isOpen" from pg_database where datname = 'glaze'`,
  );
  if (database === undefined) return null;
  if (database.isOpen) return deed();
  await ask(side, "alter database glaze allow_connections true");
  try {
    return await deed();
  } finally {
    await ask(side, "alter database glaze allow_connections false");
  }
}

async function ask<Row extends object>(side: LabSide, sql: string): Promise<readonly Row[]> {
  const admin = await side.superuser();
  try {
    return (await admin.query<Row>(sql)).rows;
  } finally {
    await admin.end();
  }
}
