import { execFile } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { parseArgs, promisify } from "node:util";
import { bringBack } from "../../src/postgres/move/move.ts";
import { type MoveNews, PHASES } from "../../src/postgres/move/news.ts";
import { createGlaze, inGlaze, labApplication } from "../postgres/application.ts";
import { clientsOf } from "../postgres/binaries.ts";
import { moveOrder } from "../postgres/move.ts";
import { runMoving } from "../postgres/movingProcess.ts";
import { type LabPair, type LabSide, startPair } from "../postgres/pair.ts";
import { startWriters, type Writers } from "../postgres/writers.ts";
import { tempFolder } from "../temp.ts";
import { compileMove } from "./compiledMove.ts";
import { median } from "./measure.ts";

/**
 * `node lab/bench/postgres.ts [--from 15|17] [runs] [megabytes …]`: the write pause as clients see it, by size of the database,
 * from the last commit that the old server acknowledged to the first of the new one; and the first copy beside `pg_dump | psql`
 * and `pgcopydb clone`, in turns on one machine, under the same writes. From 15 the programs are Debian 12's, from 17 Debian 13's.
 * What each does: the database, schema, rows, keys, indexes; ours and pgcopydb's the planner's statistics too. Comparing both sides
 * row by row is ours alone and stands on a line of its own.
 */
const { values, positionals } = parseArgs({
  options: { from: { type: "string" } },
  allowPositionals: true,
});
const [runs = 3, ...sizes] = positionals.map(Number);
const isLong = process.env.OUTGROW_LONG !== undefined;
const SIZES = sizes.length > 0 ? sizes : [10, 1000, ...(isLong ? [5000] : [])];
/** From which major to which: rows are copied as servers keep them from 16 on. */
const MOVES = (
  [
    [15, 17],
    [17, 18],
  ] as const
).filter(([from]) => values.from === undefined || from === Number(values.from));
/** Beyond that they would take three quarters of an hour; what is asked there is the pause. */
const PEERS_UP_TO_MB = 1_000;
const TABLES = 4;
const ROW_BYTES = 250;
/** 200 commits a second, where the servers keep up; what they really come to is counted. */
const CLIENTS = { clients: 9, everyMs: 44 } as const;
/** The phases that the pause is made of, beside the clients' own finding the way. */
const HELD = PHASES.slice(PHASES.indexOf("fence"), PHASES.indexOf("open") + 1);
const run = promisify(execFile);

interface Peer {
  readonly name: string;
  /** The number of its first writer. */
  readonly first: number;
  /** To a folder of its own. */
  readonly command: (from: string, to: string, folder: string) => string;
}

/** As their users run them against the same two servers: over TCP, and to the target by TLS, for it takes nobody else. */
const PEERS: readonly Peer[] = [
  {
    name: "pg_dump | psql",
    first: 1_000,
    command: (from, to) => `pg_dump --no-owner --no-acl '${from}' | psql --quiet -o /dev/null '${to}'`,
  },
  {
    name: "pgcopydb clone",
    first: 2_000,
    command: (from, to, folder) =>
      `pgcopydb clone --no-owner --no-acl --table-jobs 4 --index-jobs 4 --restart --dir ${folder}/pgcopydb --source '${from}' --target '${to}'`,
  },
];

await main();

async function main(): Promise<void> {
  using compiled = tempFolder("compiled");
  const program = await compileMove(compiled.path);
  for (const [from, to] of MOVES) {
    print(`PostgreSQL ${from} to ${to}`);
    await using pair = await startPair({ from, to });
    await compare(pair, program);
  }
}

async function compare(pair: LabPair, program: string): Promise<void> {
  const pauses = new Map<number, number>();
  for (const megabytes of SIZES) {
    await createGlaze(pair);
    await fill(pair, megabytes);
    const peers = megabytes > PEERS_UP_TO_MB ? [] : PEERS;
    const rounds = await inTurns(pair, program, peers);
    const moves = rounds.map(({ moved }) => moved);
    print(`${megabytes} MB, ${CLIENTS.clients} clients that write without end, median of ${runs}`);
    printMoves(moves, (megabytes * 1e6) / ROW_BYTES);
    for (const peer of peers) printPeer(peer, rounds);
    pauses.set(megabytes, median(moves.map((each) => each.pauseMs)));
  }
  const [small, large] = [pauses.get(SIZES[0] ?? 0) ?? 0, pauses.get(SIZES.at(-1) ?? 0) ?? 0];
  print(
    `pause at the largest ÷ at the smallest: ${(large / small).toFixed(2)} (bar 1.3); longest median ${ms(Math.max(...pauses.values()))} (bar 2 s)`,
  );
}

/** Everybody once, one after the other. */
interface Round {
  readonly moved: Moved;
  readonly peers: ReadonlyMap<Peer, Beside>;
}

/** What a peer took, and what clients committed meanwhile. */
interface Beside {
  readonly tookMs: number;
  readonly writesPerSecond: number;
}

/**
 * Where there is somebody to be compared with, the first round is a rehearsal and not counted: a server writes the files of its
 * log anew until it has enough of them, and from then on uses them again; whoever is first would pay for all others.
 * https://www.postgresql.org/docs/current/wal-configuration.html
 */
async function inTurns(pair: LabPair, program: string, peers: readonly Peer[]): Promise<readonly Round[]> {
  const rehearsals = peers.length > 0 ? 1 : 0;
  const rounds: Round[] = [];
  for (let number = 0; number < rehearsals + runs; number++)
    rounds.push(await goRound(pair, program, peers, number));
  return rounds.slice(rehearsals);
}

/** Each round begins with another one, and each turn where nothing of the one before is still to be written to the disk. */
async function goRound(
  pair: LabPair,
  program: string,
  peers: readonly Peer[],
  number: number,
): Promise<Round> {
  const besides = new Map<Peer, Beside>();
  const moves: Moved[] = [];
  const turns = [
    async () => void moves.push(await move(pair, number, program)),
    ...peers.map((peer) => async () => void besides.set(peer, await besideWriters(pair, number, peer))),
  ];
  const first = number % turns.length;
  for (const turn of [...turns.slice(first), ...turns.slice(0, first)]) {
    await writeAll(pair);
    await turn();
  }
  const [moved] = moves;
  if (moved === undefined) throw new Error("nobody moved");
  return { moved, peers: besides };
}

/** The servers what they hold, then the machine what it holds for them. */
async function writeAll({ source, target }: LabPair): Promise<void> {
  for (const side of [source, target]) {
    const admin = await side.superuser();
    await admin.query("checkpoint");
    await admin.end();
  }
  await run("sync");
}

function printMoves(moves: readonly Moved[], rows: number): void {
  const each = (of: (moved: Moved) => number) => moves.map((moved) => ms(of(moved))).join(", ");
  const compareMs = median(moves.map((moved) => moved.compareMs));
  print(`  ${writesText(moves)} until writes were held`);
  print(
    `  write pause ${ms(median(moves.map(({ pauseMs }) => pauseMs)))} (each: ${each((moved) => moved.pauseMs)})`,
  );
  for (const phase of HELD) print(`    ${phase.padEnd(13)} ${each(({ took }) => took.get(phase) ?? 0)}`);
  print(
    `  copy, indexes and statistics included ${ms(median(moves.map(({ copyMs }) => copyMs)))} (each: ${each((moved) => moved.copyMs)}); verified in ${ms(compareMs)}, ${ms((compareMs / rows) * 1e6)} a million rows`,
  );
  print(
    `  memory of the tool ${Math.round(Math.max(...moves.map(({ peakMib }) => peakMib)))} MiB at most (bar 120)`,
  );
}

/** The ratio round by round: on a machine that is not ours alone one minute is not as fast as another. */
function printPeer(peer: Peer, rounds: readonly Round[]): void {
  const besides = rounds.flatMap(({ peers }) => peers.get(peer) ?? []);
  const tookMs = besides.map((each) => each.tookMs);
  const ratios = rounds.map(({ moved, peers }) => (peers.get(peer)?.tookMs ?? 0) / moved.copyMs);
  print(
    `  ${peer.name.padEnd(16)} ${ms(median(tookMs))} (each: ${tookMs.map(ms).join(", ")}); outgrow's copy is ${median(ratios).toFixed(2)} × as fast (each: ${ratios.map((ratio) => ratio.toFixed(2)).join(", ")}; bar 1.0); ${writesText(besides)}`,
  );
}

function writesText(all: readonly { readonly writesPerSecond: number }[]): string {
  const rates = all.map(({ writesPerSecond }) => Math.round(writesPerSecond));
  return `${median(rates)} writes/s (each: ${rates.join(", ")})`;
}

interface Moved {
  readonly pauseMs: number;
  readonly took: ReadonlyMap<string, number>;
  readonly copyMs: number;
  readonly compareMs: number;
  readonly peakMib: number;
  readonly writesPerSecond: number;
}

/** Commits acknowledged a second from now on. */
function countWrites(writers: Writers): () => number {
  const [first, began] = [writers.count(), performance.now()];
  return () => ((writers.count() - first) * 1_000) / (performance.now() - began);
}

/** Over, in a process of its own, and back. */
async function move(pair: LabPair, number: number, program: string): Promise<Moved> {
  using folder = tempFolder("bench");
  const configFile = join(folder.path, "side");
  const application = labApplication(pair, configFile);
  await application.pointAt("source");
  const order = moveOrder(pair, { application });
  const took = new Map<string, number>();
  const writers = startWriters({ ...CLIENTS, endpoint: application.endpoint, first: number * 10 });
  await sleep(1_000);
  const writes = countWrites(writers);
  let writesPerSecond = 0;
  const note = (news: MoveNews) => {
    if (news.kind === "phase" && news.phase === "fence") writesPerSecond = writes();
    if (news.kind === "phase-done") took.set(news.phase, news.tookMs);
  };
  const { error, peakMib } = await runMoving(
    order,
    { verb: "carryOver", configFile, sourceMajor: pair.source.server.major },
    note,
    program,
  );
  if (error !== null) throw new Error(error);
  await writers.more(50, "on the target");
  const { switchMs } = await writers.stop();
  await bringBack(order);
  const of = (phase: string) => took.get(phase) ?? 0;
  const copyMs = of("prepare") + of("copying") + of("following");
  return { pauseMs: switchMs, took, copyMs, compareMs: of("ready"), peakMib, writesPerSecond };
}

async function fill(pair: LabPair, megabytes: number): Promise<void> {
  const rows = Math.round((megabytes * 1e6) / ROW_BYTES / TABLES);
  await inGlaze(pair, async (client) => {
    for (let table = 0; table < TABLES; table++) {
      await client.query(`
        create table bulk_${table} (id bigint primary key, at timestamptz not null, kind int not null, doc jsonb, note text);
        insert into bulk_${table} select g, now() - g * interval '1 s', g % 100, jsonb_build_object('n', g, 'k', md5(g::text)), repeat(md5((g * 7)::text), 3)
          from generate_series(1, ${rows}) g;
        create index on bulk_${table} (at); create index on bulk_${table} (kind, id);
        alter table bulk_${table} owner to glaze`);
    }
    await client.query("vacuum analyze");
  });
}

async function besideWriters(pair: LabPair, round: number, { first, command }: Peer): Promise<Beside> {
  using folder = tempFolder("peers");
  const passwords = join(folder.path, "pgpass");
  writeFileSync(passwords, [pair.source, pair.target].map(passwordLine).join(""), { mode: 0o600 });
  const [from, to] = [address(pair.source, "glaze"), address(pair.target, "peer")];
  const { endpoint } = labApplication(pair);
  const writers = startWriters({ ...CLIENTS, endpoint, first: first + 10 * round });
  const writes = countWrites(writers);
  const tookMs = await timed(pair, command(from, to, folder.path), passwords);
  const writesPerSecond = writes();
  await writers.stop();
  return { tookMs, writesPerSecond };
}

async function timed(pair: LabPair, command: string, passwords: string): Promise<number> {
  const admin = await pair.target.superuser();
  await admin.query("drop database if exists peer with (force)");
  const clients = clientsOf(pair.source.server.major);
  const began = performance.now();
  await admin.query(`create database peer template template0 owner ${pair.target.admin.user}`);
  await run("sh", ["-c", command], {
    env: { ...process.env, PATH: `${clients}:${process.env.PATH}`, PGPASSFILE: passwords },
    maxBuffer: 64e6,
  });
  const tookMs = performance.now() - began;
  await admin.query("drop database peer with (force)");
  await admin.end();
  return tookMs;
}

function address({ admin: { host, port, user, tls } }: LabSide, database: string): string {
  return `postgres://${user}@${host}:${port}/${database}?sslmode=${tls.mode === "off" ? "disable" : "require"}`;
}

/** https://www.postgresql.org/docs/current/libpq-pgpass.html */
function passwordLine({ admin: { host, port, user, password } }: LabSide): string {
  return `${host}:${port}:*:${user}:${password.reveal().replace(/[\\:]/g, "\\$&")}\n`;
}

function ms(value: number): string {
  return value < 10_000 ? `${Math.round(value)} ms` : `${(value / 1000).toFixed(1)} s`;
}

function print(text: string): void {
  process.stdout.write(`${text}\n`);
}
