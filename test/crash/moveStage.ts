import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { STOPS } from "../../lab/crash/boundaries.ts";
import { type Child, type Ended, runChild, startChild } from "../../lab/crash/matrix.ts";
import { type CrashOrder, type CrashReport, PLAN_FILE } from "../../lab/crash/order.ts";
import { reportOf } from "../../lab/crash/report.ts";
import { type FaultyProxy, startFaultyProxy } from "../../lab/faultyProxy.ts";
import { createGlaze, inGlaze } from "../../lab/postgres/application.ts";
import { followEndpoint } from "../../lab/postgres/clusterMove.ts";
import { commitFaults } from "../../lab/postgres/commits.ts";
import { leftovers } from "../../lab/postgres/leftovers.ts";
import { startOnlineMigration } from "../../lab/postgres/onlineMigration.ts";
import type { LabPair } from "../../lab/postgres/pair.ts";
import { type Ledger, startWriters, type Writers } from "../../lab/postgres/writers.ts";
import type { LabSshd } from "../../lab/sshd.ts";
import { tempFolder } from "../../lab/temp.ts";
import type { Plan } from "../../src/model/plan.ts";
import type { ParamsOf } from "../../src/model/step.ts";
import {
  lookAt,
  type MoveScene,
  planOf,
  secretsOfScene,
  setMoveScene,
  startMoveLab,
} from "../apply/moveScene.ts";
import type { Verb } from "./moveWalk.ts";

export type Driver = "subscription" | "provider" | "offline";

/** Two servers and a cluster between which the whole tool moves a database, while clients write without end. */
export interface MoveStage extends AsyncDisposable {
  readonly scene: MoveScene;
  /** The tool's way to the host. */
  readonly way: FaultyProxy;
  /** That host's end of it. */
  readonly sshd: LabSshd;
  /** One run in a process of its own, which dies at that boundary; 0: it lives. Its news are heard line by line. */
  run(verb: Verb, killAt: number, hear?: (news: string) => void): Promise<Ended>;
  /** One run that stands still at the first boundary of such a name; comes back when it does. */
  standing(verb: Verb, at: string): Promise<Child>;
  /** One run to its end. */
  ended(verb: Verb): Promise<CrashReport>;
  /** Waits until clients commit where the application is told to, and gives all that a run may change. */
  look(): Promise<string>;
  /** What is wrong where it serves: with the commits of all clients since the beginning, or something left of the move. */
  faults(side: "source" | "target"): Promise<readonly string[]>;
}

/** Nobody else takes the lock of the dead, so that a short one is as good. */
const CLOCK = { speed: 1, lockMs: 300 };
const PATIENCE_MS = 120_000;

export interface StageOptions {
  readonly driver: Driver;
  /** What the database holds beside the ledger. */
  readonly schema: string;
  /** How long writes may be held, either way; as it was planned when absent. */
  readonly holdLimitMs?: number;
}

export async function startMoveStage({ driver, schema, holdLimitMs }: StageOptions): Promise<MoveStage> {
  await using kept = new AsyncDisposableStack();
  const folder = kept.use(tempFolder("crash-move")).path;
  const lab = kept.use(await startMoveLab());
  await createGlaze(lab.pair, schema);
  const scene = kept.use(await setMoveScene(lab));
  const provider = driver === "provider" ? kept.use(await startProvider(lab.pair)) : null;
  const secretsFile = join(folder, "secrets.json");
  const secrets = { ...secretsOfScene(scene), ...provider?.secrets };
  writeFileSync(secretsFile, JSON.stringify(secrets), { mode: 0o600 });
  const limits = holdLimitMs === undefined ? {} : { holdLimitMs, homeHoldLimitMs: holdLimitMs };
  const plan = withParams(await planOf(scene), { driver, ...limits, ...provider?.params });
  writeFileSync(join(folder, PLAN_FILE), JSON.stringify(plan));
  const way = kept.use(await startFaultyProxy({ port: lab.sshd.port }));
  const sshConfigFile = lab.sshd.client("through", [
    "Host lab",
    `  Port ${way.port}`,
    `  HostKeyAlias [127.0.0.1]:${lab.sshd.port}`,
  ]);
  const clients = kept.use(await startClients(scene));
  const { kubeconfig } = scene.lab;
  const orderOf = (verb: Verb, killAt: number): CrashOrder => ({
    verb,
    killAt,
    ...CLOCK,
    folder,
    kubeconfig,
    sshConfigFile,
    secretsFile,
    ...(provider === null ? {} : { cloudOrigin: provider.origin }),
  });
  const run: MoveStage["run"] = (verb, killAt, hear) => runChild(orderOf(verb, killAt), PATIENCE_MS, hear);
  const moved = kept.move();
  return {
    scene,
    way,
    sshd: lab.sshd,
    run,
    standing: async (verb, at) => {
      const child = await untilItStands({ ...orderOf(verb, 0), stopAt: at });
      // Whoever stands still hears of no other end.
      moved.defer(() => child.kill());
      return child;
    },
    ended: async (verb) => reportOf(verb, await run(verb, 0)),
    look: async () => {
      await clients.commit();
      // The next stage has other ports.
      const ports = [lab.pair.source, lab.pair.target].map(({ dial }) => dial.port);
      return (await lookAt(scene)).replaceAll(new RegExp(`:(${ports.join("|")})`, "g"), "");
    },
    faults: async (side) => {
      const lost = await clients.pause((ledger) => commitFaults(scene.pair, side, ledger));
      return side === "source" ? [...lost, ...(await inGlaze(scene.pair, leftovers))] : lost;
    },
    [Symbol.asyncDispose]: () => moved.disposeAsync(),
  };
}

type MoveParams = ParamsOf<"postgres-move">;

function withParams(plan: Plan, changes: Partial<MoveParams>): Plan {
  const steps = plan.steps.map((step) =>
    step.kind === "postgres-move" ? { ...step, params: { ...step.params, ...changes } } : step,
  );
  return { ...plan, steps };
}

/** Whose name for the new server is the one that the plan tells. */
async function startProvider(pair: LabPair) {
  const hosts = { public: "glaze-db.example", private: "localhost" };
  const { cloud, databaseId, ...ends } = await startOnlineMigration(pair, { hosts });
  const params: Partial<MoveParams> = {
    onlineMigration: { digitalocean: databaseId, token: { env: "DIGITALOCEAN_TOKEN" } },
  };
  return { ...ends, origin: cloud.origin, params, secrets: { DIGITALOCEAN_TOKEN: cloud.token } };
}

async function untilItStands(order: CrashOrder): Promise<Child> {
  const { promise: stands, resolve } = Promise.withResolvers<null>();
  const child = startChild(order, PATIENCE_MS, (news) => {
    if (news.startsWith(STOPS)) resolve(null);
  });
  const end = await Promise.race([stands, child.ended]);
  if (end !== null) assert.fail(`it did not stand still at ${order.stopAt}: ${JSON.stringify(end)}`);
  return child;
}

type Told = Pick<Ledger, "acknowledged" | "uncertain">;

interface Clients extends AsyncDisposable {
  /** Comes back after a few commits more. */
  commit(): Promise<void>;
  /** Given what all of them were told so far; none commits until it is done. */
  pause<T>(deed: (ledger: Told) => Promise<T>): Promise<T>;
}

const CLIENTS = 2;
/** A crash leaves them shut out for a while, and one that tries again at once keeps a whole processor busy. */
const RETRY_MS = 100;

/** They go where the application's Secret leads. */
async function startClients(scene: MoveScene): Promise<Clients> {
  const application = await followEndpoint(scene, 50);
  const whole = { acknowledged: new Set<string>(), uncertain: new Set<string>() };
  let first = 0;
  const start = (): Writers => {
    first += CLIENTS;
    return startWriters({
      endpoint: application.endpoint,
      clients: CLIENTS,
      first,
      retryMs: RETRY_MS,
    });
  };
  const stop = async () => {
    const { acknowledged, uncertain } = await writers.stop();
    for (const id of acknowledged) whole.acknowledged.add(id);
    for (const id of uncertain) whole.uncertain.add(id);
  };
  let writers = start();
  return {
    commit: () => writers.more(5, "where it serves"),
    pause: async (deed) => {
      await stop();
      try {
        return await deed(whole);
      } finally {
        writers = start();
      }
    },
    [Symbol.asyncDispose]: async () => {
      application[Symbol.dispose]();
      await writers.stop();
    },
  };
}
