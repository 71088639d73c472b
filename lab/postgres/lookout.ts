import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import type { Client } from "pg";
import type { LabPair, LabSide } from "./pair.ts";

/** Where a word was seen that is to be nowhere: `argv of sh`, `a statement on the target`. */
export type Sighting = string;

/** Looks where anybody on a host, or whoever may ask a server, could read a password. */
export interface Lookout {
  /** All there were up to now, each once. */
  sightings(): readonly Sighting[];
  /** Environments, which only the same user may read: the variables that held it, each once. */
  variables(): readonly string[];
  looks(): number;
  /** Looks once more, and reads what both logs have got since it began. */
  stop(): Promise<readonly Sighting[]>;
}

/** A server that writes down whatever it is asked, whole. */
export const TALKATIVE = {
  track_activity_query_size: "100000",
  log_statement: "all",
  log_connections: "on",
  log_replication_commands: "on",
  logging_collector: "on",
};

const PAUSE_MS = 5;

/** `secrets`: by what they are of. */
export async function startLookout(
  pair: LabPair,
  secrets: Readonly<Record<string, string>>,
): Promise<Lookout> {
  const seen = new Set<Sighting>();
  const variables = new Set<string>();
  const report = (place: string, text: string) => {
    for (const [whose, secret] of Object.entries(secrets))
      if (text.includes(secret)) seen.add(`${whose}: ${place}`);
  };
  const sides = { source: pair.source, target: pair.target };
  const sessions = await Promise.all(
    Object.entries(sides).map(async ([name, side]) => ({ name, session: await side.superuser() })),
  );
  const written = new Map(Object.entries(sides).map(([name, side]) => [name, logOf(side).length]));
  const look = async () => {
    lookAtProcesses(report, (variable, value) => {
      if (Object.values(secrets).some((secret) => value.includes(secret))) variables.add(variable);
    });
    for (const { name, session } of sessions) report(`a statement on the ${name}`, await statements(session));
  };
  const state = { looks: 0, isOver: false };
  const looking = (async () => {
    for (; !state.isOver; state.looks++) {
      await look();
      await sleep(PAUSE_MS);
    }
  })();
  return {
    sightings: () => [...seen],
    variables: () => [...variables],
    looks: () => state.looks,
    async stop() {
      state.isOver = true;
      await looking;
      await look();
      for (const { session } of sessions) await session.end();
      for (const [name, side] of Object.entries(sides))
        report(`the log of the ${name}`, logOf(side).slice(written.get(name)));
      return [...seen];
    },
  };
}

async function statements(session: Client): Promise<string> {
  const { rows } = await session.query<{ all: string | null }>(
    "select string_agg(query, E'\\n') as all from pg_stat_activity",
  );
  return rows[0]?.all ?? "";
}

/** What TALKATIVE makes it write. */
function logOf({ server }: LabSide): string {
  const folder = join(server.sockets, "data", "log");
  return readdirSync(folder)
    .map((name) => readFileSync(join(folder, name), "utf8"))
    .join("");
}

function lookAtProcesses(
  report: (place: string, text: string) => void,
  tellVariable: (variable: string, value: string) => void,
): void {
  for (const pid of readdirSync("/proc").filter((name) => /^\d+$/.test(name))) {
    const words = wordsOf(pid, "cmdline");
    report(`argv of ${words[0]}`, words.join(" "));
    for (const each of wordsOf(pid, "environ")) {
      const [variable = "", ...value] = each.split("=");
      tellVariable(variable, value.join("="));
    }
  }
}

/** None of a process that has just ended. */
function wordsOf(pid: string, file: "cmdline" | "environ"): readonly string[] {
  try {
    return readFileSync(join("/proc", pid, file), "utf8").split("\0");
  } catch {
    return [];
  }
}
