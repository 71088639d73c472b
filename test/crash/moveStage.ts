import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { type Ended, runChild } from "../../lab/crash/matrix.ts";
import { type CrashReport, PLAN_FILE } from "../../lab/crash/order.ts";
import { reportOf } from "../../lab/crash/report.ts";
import { type FaultyProxy, startFaultyProxy } from "../../lab/faultyProxy.ts";
import { createGlaze, inGlaze } from "../../lab/postgres/application.ts";
import { followEndpoint } from "../../lab/postgres/clusterMove.ts";
import { commitFaults } from "../../lab/postgres/commits.ts";
import { leftovers } from "../../lab/postgres/leftovers.ts";
import { type Ledger, startWriters, type Writers } from "../../lab/postgres/writers.ts";
import { tempFolder } from "../../lab/temp.ts";
import type { Plan } from "../../src/model/plan.ts";
import {
  lookAt,
  type MoveScene,
  planOf,
  secretsOfScene,
  setMoveScene,
  startMoveLab,
} from "../apply/moveScene.ts";
import type { Verb } from "./moveWalk.ts";

export type Driver = "subscription" | "offline";

/** Two servers and a cluster between which the whole tool moves a database, while clients write without end. */
export interface MoveStage extends AsyncDisposable {
  readonly scene: MoveScene;
  /** The tool's way to the host. */
  readonly way: FaultyProxy;
  /** One run in a process of its own, which dies at that boundary; 0: it lives. Its news are heard line by line. */
  run(verb: Verb, killAt: number, hear?: (news: string) => void): Promise<Ended>;
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
}

export async function startMoveStage({ driver, schema }: StageOptions): Promise<MoveStage> {
  await using kept = new AsyncDisposableStack();
  const folder = kept.use(tempFolder("crash-move")).path;
  const lab = kept.use(await startMoveLab());
  await createGlaze(lab.pair, schema);
  const scene = kept.use(await setMoveScene(lab));
  const secretsFile = join(folder, "secrets.json");
  writeFileSync(secretsFile, JSON.stringify(secretsOfScene(scene)), { mode: 0o600 });
  writeFileSync(join(folder, PLAN_FILE), JSON.stringify(withDriver(await planOf(scene), driver)));
  const { kubeconfig } = scene.lab;
  const way = kept.use(await startFaultyProxy({ port: lab.sshd.port }));
  const sshConfigFile = lab.sshd.client("through", [
    "Host lab",
    `  Port ${way.port}`,
    `  HostKeyAlias [127.0.0.1]:${lab.sshd.port}`,
  ]);
  const clients = kept.use(await startClients(scene));
  const run: MoveStage["run"] = (verb, killAt, hear) =>
    runChild({ verb, killAt, ...CLOCK, folder, kubeconfig, sshConfigFile, secretsFile }, PATIENCE_MS, hear);
  const moved = kept.move();
  return {
    scene,
    way,
    run,
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

function withDriver(plan: Plan, driver: Driver): Plan {
  const steps = plan.steps.map((step) =>
    step.kind === "postgres-move" ? { ...step, params: { ...step.params, driver } } : step,
  );
  return { ...plan, steps };
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
