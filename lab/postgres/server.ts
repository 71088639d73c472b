import { execFileSync } from "node:child_process";
import { chownSync, mkdirSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { Client } from "pg";
import type { Certified } from "../certificates.ts";
import { freePort } from "../port.ts";
import { type RunningProcess, startProcess } from "../process.ts";
import { tempFolder } from "../temp.ts";
import { binariesOf, binariesWith, type PostgresMajor, serverUser } from "./binaries.ts";

export interface ServerOptions {
  readonly major?: PostgresMajor;
  readonly settings?: Readonly<Record<string, string>>;
  /** Lines of pg_hba.conf; without them everybody on this machine is let in unasked, as over the socket always, and as with a database of one's own. */
  readonly access?: readonly string[];
  readonly tls?: Certified;
  /** A disk of so many MiB for the tables, which fills; the changes' log lies beside it. */
  readonly tablesMib?: number;
  /** Files of more extensions, by name; of the majors from npm only. */
  readonly extensions?: Readonly<Record<string, string>>;
  /** Text is sorted by ICU's rules where nothing else is said. */
  readonly icuLocale?: string;
  /** The network namespace it serves in, at all its addresses; this machine's own loopback without. The socket is to be reached from everywhere. */
  readonly network?: string;
}

/** A real PostgreSQL on a free loopback port, gone with its folder at the end of its scope. */
export interface LabServer extends AsyncDisposable {
  readonly major: PostgresMajor;
  readonly port: number;
  /** The folder of the Unix socket. */
  readonly sockets: string;
  /** The superuser's, over the socket: always let in. */
  readonly superuser: { readonly host: string; readonly port: number; readonly user: string };
  readonly pid: () => number;
  /** The newest of its log. */
  readonly log: () => string;
  /** kill -9 of the postmaster; its children find out by themselves. */
  kill(): Promise<void>;
  /** Starts it again after `kill` or `stop`. */
  start(): Promise<void>;
  stop(): Promise<void>;
}

const LET_IN = ["host all all 127.0.0.1/32 trust"];

export async function startServer(options: ServerOptions = {}): Promise<LabServer> {
  const major = options.major ?? 15;
  const folder = tempFolder("postgres");
  const owner = serverUser();
  chownSync(folder.path, owner.uid, owner.gid);
  const bin =
    options.extensions === undefined
      ? binariesOf(major)
      : binariesWith(major, folder.path, options.extensions);
  const data = join(folder.path, "data");
  const initdb = ["-D", data, "-U", "postgres", "-A", "trust", "-N", "--encoding=UTF8", "--locale=C.UTF-8"];
  if (options.icuLocale !== undefined)
    initdb.push("--locale-provider=icu", `--icu-locale=${options.icuLocale}`);
  execFileSync(join(bin, "initdb"), initdb, { ...owner, cwd: folder.path, stdio: "pipe" });
  using tables = tablesDisk(join(data, "base"), options.tablesMib);
  writeFileSync(
    join(data, "pg_hba.conf"),
    `${["local all all trust", ...(options.access ?? LET_IN)].join("\n")}\n`,
  );
  const port = await freePort();
  const place: Place = {
    bin,
    folder: folder.path,
    data,
    port,
    settings: settingsOf(options, folder.path, owner),
    network: options.network ?? null,
  };
  let running = await launch(place);
  const disk = tables.move();
  return {
    major,
    port,
    sockets: folder.path,
    superuser: { host: folder.path, port, user: "postgres" },
    pid: () => running.pid,
    log: () => running.output(),
    async kill() {
      process.kill(running.pid, "SIGKILL");
      await running.ended;
    },
    async start() {
      running = await launchAgain(place);
    },
    async stop() {
      process.kill(running.pid, "SIGINT");
      await running.ended;
    },
    async [Symbol.asyncDispose]() {
      await running[Symbol.asyncDispose]();
      disk.dispose();
      folder[Symbol.dispose]();
    },
  };
}

/** Puts what is in the folder on a disk of its own, in memory; nothing where none is wanted. */
function tablesDisk(folder: string, mib: number | undefined): DisposableStack {
  const disk = new DisposableStack();
  if (mib === undefined) return disk;
  const owner = serverUser();
  const whole = `${folder}.whole`;
  renameSync(folder, whole);
  mkdirSync(folder);
  const options = `size=${mib}m,mode=0700,uid=${owner.uid},gid=${owner.gid}`;
  execFileSync("mount", ["-t", "tmpfs", "-o", options, "outgrow-lab", folder]);
  disk.defer(() => execFileSync("umount", [folder]));
  execFileSync("cp", ["-a", `${whole}/.`, folder]);
  rmSync(whole, { recursive: true });
  return disk;
}

interface Place {
  readonly bin: string;
  readonly folder: string;
  readonly data: string;
  readonly port: number;
  readonly settings: Readonly<Record<string, string>>;
  readonly network: string | null;
}

function settingsOf(
  { settings, tls, network }: ServerOptions,
  folder: string,
  owner: { readonly uid: number; readonly gid: number },
): Readonly<Record<string, string>> {
  const listen_addresses = network === undefined ? "127.0.0.1" : "*";
  const own = { listen_addresses, unix_socket_directories: folder, fsync: "off" };
  return { ...own, ...(tls === undefined ? {} : tlsSettings(tls, folder, owner)), ...settings };
}

function tlsSettings(tls: Certified, folder: string, owner: { readonly uid: number; readonly gid: number }) {
  const keep = join(folder, "tls");
  mkdirSync(keep, { mode: 0o700 });
  chownSync(keep, owner.uid, owner.gid);
  const files = { ssl_cert_file: join(keep, "cert"), ssl_key_file: join(keep, "key") };
  for (const [file, text] of [
    [files.ssl_cert_file, tls.cert],
    [files.ssl_key_file, tls.key],
  ] as const) {
    writeFileSync(file, text, { mode: 0o600 });
    chownSync(file, owner.uid, owner.gid);
  }
  return { ssl: "on", ...files };
}

function launch({ bin, folder, data, port, settings, network }: Place): Promise<RunningProcess> {
  const flags = Object.entries(settings).flatMap(([key, value]) => ["-c", `${key}=${value}`]);
  const args = ["-D", data, "-p", String(port), ...flags];
  return startProcess({
    ...asServerUser(join(bin, "postgres"), args, network),
    cwd: folder,
    // A server that dials another one looks for certificates in its user's home, which is not ours.
    env: { HOME: folder },
    ready: () => isReady(folder, port),
  });
}

/** Only root may enter a network: the user changes behind the door. */
function asServerUser(command: string, args: readonly string[], network: string | null) {
  const { uid, gid } = serverUser();
  if (network === null) return { command, args, uid, gid };
  const user = ["setpriv", `--reuid=${uid}`, `--regid=${gid}`, "--clear-groups", "--"];
  return { command: "nsenter", args: [`--net=/run/netns/${network}`, "--", ...user, command, ...args] };
}

const PATIENCE_MS = 30_000;

/** After a kill -9 orphans hold the shared memory for a while; a new postmaster refuses until they are gone. */
async function launchAgain(place: Place): Promise<RunningProcess> {
  const deadline = Date.now() + PATIENCE_MS;
  for (;;) {
    try {
      return await launch(place);
    } catch (error) {
      if (Date.now() > deadline) throw error;
      await sleep(200);
    }
  }
}

async function isReady(host: string, port: number): Promise<boolean> {
  const client = new Client({ host, port, user: "postgres", database: "postgres" });
  client.on("error", () => undefined);
  // After a switch nobody may log in: the answer says that the server is there.
  await client.connect().catch((error: Error & { readonly code?: string }) => {
    if (error.code !== "28000") throw error;
  });
  await client.end();
  return true;
}
