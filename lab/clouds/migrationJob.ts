import { setTimeout as sleep } from "node:timers/promises";
import type { MigrationState } from "../../src/model/onlineMigration.ts";
import { connectTo } from "../postgres/client.ts";
import type { LabSide } from "../postgres/pair.ts";
import { pipeDump } from "./dumpPipe.ts";
import { follow, isCopied, unpublish, unsubscribe } from "./following.ts";
import { type DumpSource, endpointOf, readSource } from "./migrationSource.ts";

export interface MigrationFaults {
  /** Copies once and is `done`, as where the source's user may not replicate. */
  readonly isDumpOnly?: boolean;
  /** Ends as `error` when it follows; slot and publication stay on the source. */
  readonly failsMidway?: boolean;
}

/** One online migration under way; however it ends, `await using` leaves no process and no subscription. */
export interface MigrationJob extends AsyncDisposable {
  status(): MigrationState["status"];
  /** Ends it after a while: subscription, slot and publication go. */
  stop(afterMs: number): void;
}

const LOOK_MS = 100;
const PATIENCE_MS = 15_000;

/**
 * What Aiven's tool does, which the provider is thought to run: https://github.com/aiven/aiven-db-migrate.
 * Schema past every error as the customer's administrator, rows by a subscription of the provider's superuser.
 */
export function beginMigration(
  source: DumpSource,
  target: LabSide,
  faults: MigrationFaults,
  tell: (line: string) => void,
): MigrationJob {
  const ending = new AbortController();
  const task: Task = { source, target, faults, tell, signal: ending.signal, followed: [] };
  let status: MigrationState["status"] = "running";
  const run = migrate(task, (now) => {
    status = now;
  }).catch((error: Error) => {
    if (!ending.signal.aborted) {
      tell(`failed: ${error.message}`);
      status = "error";
    }
  });
  let stopping: Promise<void> | undefined;
  const end = async (afterMs: number) => {
    await sleep(afterMs);
    ending.abort();
    await run;
    if (status === "done" || status === "error") return;
    status = await takeAway(task);
  };
  return {
    status: () => status,
    stop: (afterMs) => {
      stopping ??= end(afterMs);
    },
    async [Symbol.asyncDispose]() {
      stopping ??= end(0);
      await Promise.race([stopping, sleep(PATIENCE_MS, undefined, { ref: false })]);
    },
  };
}

interface Task {
  readonly source: DumpSource;
  readonly target: LabSide;
  readonly faults: MigrationFaults;
  readonly tell: (line: string) => void;
  readonly signal: AbortSignal;
  readonly followed: string[];
}

async function migrate(task: Task, become: (status: "syncing" | "done") => void): Promise<void> {
  const { databases, roles, canBeFollowed } = await readSource(task.source, task.signal);
  await makeRoles(task, roles);
  const isFollowing = canBeFollowed && task.faults.isDumpOnly !== true;
  for (const database of databases) {
    await dump(task, database, "postgres", ["--schema-only", "--no-owner", "--create"]);
    if (isFollowing) await followOne(task, database);
    else await dump(task, database, database, ["--data-only"]);
  }
  if (!isFollowing) return become("done");
  await untilCopied(task);
  become("syncing");
}

/** `into`: where `psql` begins; what makes its database goes on to it by itself. */
function dump({ source, target, signal, tell }: Task, database: string, into: string, flags: string[]) {
  const administrator = { ...target.admin, database: into };
  return pipeDump(endpointOf(source, database), administrator, flags, signal, tell);
}

/** By the customer's administrator, who may then give them passwords: only whoever made a role rules it. */
async function makeRoles({ target, signal, tell }: Task, roles: readonly string[]): Promise<void> {
  await using client = await connectTo(target.admin, signal);
  for (const role of roles) {
    await client
      .query(`create role ${client.escapeIdentifier(role)} nologin`)
      .catch((error: Error) => tell(`role: ${error.message}`));
  }
}

async function followOne({ source, target, faults, signal, followed }: Task, database: string) {
  signal.throwIfAborted();
  followed.push(database);
  try {
    await follow(source, target, database, signal);
    if (faults.failsMidway === true) throw new Error("the job died");
  } catch (error) {
    for (const each of followed) await unsubscribe(target, each);
    throw error;
  }
}

async function untilCopied({ target, signal, followed }: Task): Promise<void> {
  for (const database of followed) {
    while (!(await isCopied(target, database))) await sleep(LOOK_MS, undefined, { signal });
  }
}

async function takeAway({ source, target, followed, tell }: Task): Promise<"canceled" | "error"> {
  const failed: unknown[] = [];
  for (const database of followed) {
    for (const step of [() => unsubscribe(target, database), () => unpublish(source, database)]) {
      await step().catch((error: Error) => failed.push(error.message));
    }
  }
  for (const message of failed) tell(`stopping: ${message}`);
  return failed.length === 0 ? "canceled" : "error";
}
