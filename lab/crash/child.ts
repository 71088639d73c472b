import { readFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { apply } from "../../src/apply/apply.ts";
import { HANDLERS } from "../../src/apply/handlers.ts";
import { openRun } from "../../src/apply/openRun.ts";
import { undo } from "../../src/apply/undo.ts";
import type { World } from "../../src/apply/world.ts";
import { digitalOceanMigration } from "../../src/clouds/digitalOceanMigration.ts";
import { createSshSession } from "../../src/hosts/sshSession.ts";
import { sshTarget } from "../../src/hosts/target.ts";
import { connectKube } from "../../src/kube/connect.ts";
import type { OnlineMigration } from "../../src/model/onlineMigration.ts";
import type { Plan } from "../../src/model/plan.ts";
import type { ProgressNews } from "../../src/model/progress.ts";
import { Secret, type SecretRef } from "../../src/model/secret.ts";
import { HAZARDS, type Hazard } from "../../src/model/step.ts";
import { boundJournal, boundWorld, createBoundaries } from "./boundaries.ts";
import { type CrashOrder, type CrashReport, JOURNAL_FILE, PLAN_FILE } from "./order.ts";
import { replanByProbes } from "./replan.ts";
import { boundStatements } from "./statements.ts";
import { createTracing, tracedWorld } from "./tracing.ts";

/**
 * A process that applies or undoes a plan with the product's own adapters and the product's own journal, and
 * dies by SIGKILL at the boundary it is told. Its clock runs fast, so that the lock of the dead expires soon.
 */
const order = JSON.parse(process.argv[2] ?? "{}") as CrashOrder;
await main();

async function main(): Promise<void> {
  const boundaries = createBoundaries(order.killAt, order.stopAt);
  boundStatements(boundaries);
  await using stack = new AsyncDisposableStack();
  const tracing = createTracing(order.trace?.standAt ?? null);
  const plain = worldOf(stack);
  const world = boundWorld(order.trace === undefined ? plain : tracedWorld(plain, tracing), boundaries);
  const plan = JSON.parse(readFileSync(join(order.folder, PLAN_FILE), "utf8")) as Plan;
  const parts = {
    world,
    handlers: HANDLERS,
    // Before the first step only the basis is looked at, and that is the plan's own.
    replan: async () => (run.ledger.standing().size === 0 ? plan : await replanByProbes(plan, world)),
    // Read only when it does not come to its end: then the last line tells where it stood.
    report: (news: ProgressNews) => void process.stderr.write(`${JSON.stringify(news)}\n`),
    allowed: Object.keys(HAZARDS) as Hazard[],
    clusterName: "lab",
    journalFile: join(order.folder, JOURNAL_FILE),
    runId: String(process.pid),
    holder: "lab",
    lockMs: order.lockMs,
  };
  await using run = await openRun(parts, boundJournal(boundaries));
  const { outcome } = order.verb === "apply" ? await apply(plan, run) : await undo(run);
  const report: CrashReport = { outcome, boundaries: boundaries.names, commands: tracing.commands };
  process.stdout.write(JSON.stringify(report));
}

function worldOf(stack: AsyncDisposableStack): World {
  const began = Date.now();
  const kube = stack.use(
    connectKube({
      file: order.kubeconfig,
      context: null,
      home: order.folder,
      timeoutMs: 10_000,
      limitBytes: 64 * 1024 * 1024,
    }),
  );
  return {
    kube,
    host: async (name) => stack.use(createSshSession(targetOf(name))),
    answers: async () => false,
    onlineMigration: ({ digitalocean, token }) => migrationOf(digitalocean, token),
    secret: secretOf,
    now: () => began + (Date.now() - began) * order.speed,
    // A host's own clock does not run faster: what waits for one waits as long as it takes.
    sleep: (duration) => wait(Math.max(5, duration / order.speed)),
    stopping: new AbortController().signal,
    folder: order.folder,
  };
}

function migrationOf(databaseId: string, token: SecretRef): OnlineMigration {
  const { cloudOrigin: origin } = order;
  if (origin === undefined) throw new Error("the laboratory has no online migration here");
  return digitalOceanMigration({ origin, token: secretOf(token), timeoutMs: 10_000 }, databaseId);
}

function secretOf(ref: SecretRef): Secret {
  const name = "env" in ref ? ref.env : ref.file;
  const known = order.secretsFile === null ? {} : JSON.parse(readFileSync(order.secretsFile, "utf8"));
  if (name in known) return new Secret(known[name]);
  throw new Error(`the laboratory has no secret ${name}`);
}

function targetOf(name: string) {
  return sshTarget({ name, destination: name }, { configFile: order.sshConfigFile });
}
