import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { pipeline } from "node:stream/promises";
import type { Endpoint } from "../../src/postgres/endpoint.ts";
import { DEBIAN_BINARIES } from "../postgres/binaries.ts";

const PATIENCE_MS = 3_000;

/**
 * `pg_dump | psql`, past whatever `psql` cannot do: what is there already stays. Throws where either gives up; what they said goes
 * to `tell`. Both are ended by the signal.
 */
export async function pipeDump(
  from: Endpoint,
  to: Endpoint,
  flags: readonly string[],
  signal: AbortSignal,
  tell: (line: string) => void,
): Promise<void> {
  signal.throwIfAborted();
  const dump = start("pg_dump", flags, from, ["ignore", "pipe", "pipe"], signal);
  const restore = start("psql", ["--no-psqlrc", "--quiet"], to, ["pipe", "ignore", "pipe"], signal);
  if (dump.stdout === null || restore.stdin === null) throw new Error("no pipe");
  // Whichever ends first closes the pipe for the other: how they ended says more than that it broke.
  const flow = pipeline(dump.stdout, restore.stdin).catch(() => undefined);
  const results = await Promise.allSettled([
    ending("pg_dump", dump, tell),
    ending("psql", restore, tell),
    flow,
  ]);
  const failed = results.find((result) => result.status === "rejected");
  if (failed !== undefined) throw failed.reason;
}

function start(
  program: string,
  args: readonly string[],
  { host, port, database, user, password, tls }: Endpoint,
  stdio: ("ignore" | "pipe")[],
  signal: AbortSignal,
): ChildProcess {
  const env = {
    ...process.env,
    PGHOST: host,
    PGPORT: String(port),
    PGDATABASE: database,
    PGUSER: user,
    PGPASSWORD: password.reveal(),
    PGSSLMODE: tls.mode === "off" ? "disable" : "require",
    PGCONNECT_TIMEOUT: "10",
  };
  const child = spawn(join(DEBIAN_BINARIES, program), args, { env, stdio });
  // Told so, pg_dump takes back what it asked the server for; killed, its session would wait on for a lock.
  const end = () => {
    child.kill("SIGTERM");
    setTimeout(() => child.kill("SIGKILL"), PATIENCE_MS).unref();
  };
  signal.addEventListener("abort", end, { once: true });
  child.once("close", () => signal.removeEventListener("abort", end));
  return child;
}

async function ending(program: string, child: ChildProcess, tell: (line: string) => void): Promise<void> {
  const words = child.stderr === null ? Promise.resolve("") : text(child.stderr);
  const [code] = await once(child, "close");
  const said = (await words).trim();
  if (said !== "") tell(`${program}: ${said}`);
  if (code !== 0) throw new Error(`${program} ended with ${code}: ${said}`);
}
