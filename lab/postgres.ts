import { execFileSync } from "node:child_process";
import { chownSync } from "node:fs";
import { join } from "node:path";
import { Client } from "pg";
import { freePort } from "./port.ts";
import { startProcess } from "./process.ts";
import { tempFolder } from "./temp.ts";

/** Debian's PostgreSQL 15 on a free loopback port, owned by its own user because it refuses to run as root. */
export interface LabPostgres extends AsyncDisposable {
  readonly port: number;
  /** The superuser's, without a password: the server listens on loopback only. */
  readonly url: string;
}

const BINARIES = "/usr/lib/postgresql/15/bin";

export async function startPostgres(settings: Readonly<Record<string, string>> = {}): Promise<LabPostgres> {
  const folder = tempFolder("postgres");
  const owner = ownerOf("postgres");
  chownSync(folder.path, owner.uid, owner.gid);
  const data = join(folder.path, "data");
  execFileSync(join(BINARIES, "initdb"), ["-D", data, "-U", "postgres", "-A", "trust", "-N"], {
    ...owner,
    cwd: folder.path,
    stdio: "pipe",
  });
  const port = await freePort();
  const all = {
    listen_addresses: "127.0.0.1",
    unix_socket_directories: folder.path,
    fsync: "off",
    ...settings,
  };
  const url = `postgres://postgres@127.0.0.1:${port}/postgres`;
  const running = await startProcess({
    command: join(BINARIES, "postgres"),
    args: [
      "-D",
      data,
      "-p",
      String(port),
      ...Object.entries(all).flatMap(([key, value]) => ["-c", `${key}=${value}`]),
    ],
    ...owner,
    cwd: folder.path,
    ready: () => isReady(url),
  });
  return {
    port,
    url,
    async [Symbol.asyncDispose]() {
      await running[Symbol.asyncDispose]();
      folder[Symbol.dispose]();
    },
  };
}

function ownerOf(user: string): { readonly uid: number; readonly gid: number } {
  const id = (flag: string) => Number(execFileSync("id", [flag, user]).toString());
  return { uid: id("-u"), gid: id("-g") };
}

async function isReady(url: string): Promise<boolean> {
  const client = new Client({ connectionString: url });
  client.on("error", () => undefined);
  await client.connect();
  await client.end();
  return true;
}
