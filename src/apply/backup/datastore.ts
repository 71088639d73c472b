import { execFileSync } from "node:child_process";
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { OutgrowError } from "../../model/error.ts";

/** Opens the packed datastore as k3s would, and reads it through: a backup that nobody could open is none. */
export function checkDatastore(archive: Uint8Array): void {
  // Memory where there is some: what is in it is secret.
  const folder = mkdtempSync(join(existsSync("/dev/shm") ? "/dev/shm" : tmpdir(), "outgrow-backup-"));
  try {
    execFileSync("tar", ["-xzf", "-", "-C", folder, "datastore"], {
      input: archive,
      stdio: ["pipe", "ignore", "pipe"],
    });
    const database = join(folder, "datastore/state.db");
    if (existsSync(database)) checkSqlite(database);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** kine keeps every object of the cluster in one table. https://github.com/k3s-io/kine */
function checkSqlite(file: string): void {
  const found = answerOf(file);
  if (found === "ok") return;
  throw new OutgrowError("verify", `The copy of k3s's datastore cannot be used: ${found}.`, {
    hint: "Run outgrow apply again; if it stays so, install sqlite3 on the host.",
  });
}

function answerOf(file: string): string {
  try {
    const database = new DatabaseSync(file);
    try {
      const [check] = Object.values(database.prepare("PRAGMA integrity_check").get() ?? {});
      const { rows } = database.prepare("SELECT count(*) AS rows FROM kine").get() as {
        readonly rows: number;
      };
      return rows === 0 ? "it is empty" : String(check);
    } finally {
      database.close();
    }
  } catch (error) {
    return (error as Error).message;
  }
}
