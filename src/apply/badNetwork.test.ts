import assert from "node:assert/strict";
import { existsSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { type FaultyProxy, startFaultyProxy } from "../../lab/faultyProxy.ts";
import { startKube } from "../../lab/kube/start.ts";
import { startSshd } from "../../lab/sshd.ts";
import { tempFolder } from "../../lab/temp.ts";
import { waitFor } from "../../lab/waitFor.ts";
import { clusterWorld } from "../../test/apply/cluster.ts";
import { createScene, stepNamed } from "../../test/apply/scene.ts";
import { createSshSession } from "../hosts/sshSession.ts";
import { sshTarget } from "../hosts/target.ts";
import { connectKube } from "../kube/connect.ts";
import type { Plan } from "../model/plan.ts";
import type { ProgressNews } from "../model/progress.ts";
import { apply } from "./apply.ts";
import { HANDLERS, type Handlers } from "./handlers.ts";
import { mustRun } from "./mustRun.ts";
import { openRun } from "./openRun.ts";
import type { Outcome } from "./result.ts";
import type { StepHandler } from "./stepKind.ts";
import type { World } from "./world.ts";

/** What goes wrong while the host is at its deed, and how the run is to end. */
interface Weather {
  readonly name: string;
  readonly strikes: (network: Network) => void;
  /** `null`: the run goes on to its end. */
  readonly failure: { readonly code: string; readonly why: RegExp } | null;
  /** What it must have said it waits for. */
  readonly waitsFor?: RegExp;
}

interface Network {
  readonly api: FaultyProxy;
  readonly ssh: FaultyProxy;
}

const WEATHERS: readonly Weather[] = [
  {
    name: "the way to the API is cut, and cut again",
    strikes: ({ api }) => {
      api.cutAll();
      api.plan({ kind: "refuse" }, 3);
    },
    failure: null,
    waitsFor: /^the Kubernetes API, to know that the lock is still ours: .+: the connection was cut\.$/,
  },
  {
    name: "the API takes connections and says nothing for a while",
    strikes: ({ api }) => {
      api.stallAll();
      api.plan({ kind: "hold" }, 2);
    },
    failure: null,
    waitsFor: /did not answer within 0\.5 s|no connection within 0\.5 s/,
  },
  {
    name: "the API's answers break off half-way",
    strikes: ({ api }) => {
      api.cutAll();
      api.plan({ kind: "cut", afterBytes: 4_000 }, 2);
    },
    failure: null,
  },
  {
    name: "the way to the API has become slow",
    strikes: ({ api }) => {
      api.cutAll();
      api.plan({ kind: "slow", bytesPerSecond: 60_000 });
    },
    failure: null,
  },
  {
    name: "the API stays away",
    strikes: ({ api }) => {
      api.cutAll();
      api.plan({ kind: "refuse" });
    },
    failure: { code: "unreachable", why: /: the connection was cut\.$/ },
    waitsFor:
      /^(the journal's copy in the cluster|the Kubernetes API, to know that the lock is still ours): /,
  },
  {
    name: "the way to the host is cut",
    strikes: ({ ssh }) => ssh.cutAll(),
    failure: { code: "unreachable", why: /^The connection to lab broke while `.+` ran\.$/ },
  },
  {
    name: "the way to the host is cut, and nobody answers there any more",
    strikes: ({ ssh }) => {
      ssh.cutAll();
      ssh.plan({ kind: "refuse" });
    },
    failure: { code: "unreachable", why: /^The connection to lab broke while `.+` ran\.$/ },
  },
  {
    name: "the host falls silent on an open connection",
    strikes: ({ ssh }) => ssh.stallAll(),
    failure: { code: "unreachable", why: /^The connection to lab broke while `.+` ran\.$/ },
  },
];

for (const weather of WEATHERS) {
  test(`${weather.name}: ${weather.failure === null ? "it goes on" : "one error, and the next run goes on"}`, async () => {
    await using room = await openRoom();
    const { outcome, news } = await room.run(weather.strikes);
    if (weather.waitsFor !== undefined) {
      const waits = news.flatMap((each) => (each.kind === "waiting" ? [each.for] : []));
      assert.ok(
        waits.some((each) => weather.waitsFor?.test(each)),
        JSON.stringify(news),
      );
    }
    if (weather.failure === null) return assert.deepEqual(outcome, { kind: "done" });
    assert.ok(outcome.kind === "failed", JSON.stringify(outcome));
    assert.equal(outcome.failure.code, weather.failure.code);
    assert.match(outcome.failure.why, weather.failure.why);
    await room.heal();
    assert.deepEqual((await room.run()).outcome, { kind: "done" });
  });
}

test("a slow way to the host is slow and nothing else", async () => {
  await using room = await openRoom();
  room.network.ssh.plan({ kind: "slow", bytesPerSecond: 30_000 });
  assert.deepEqual((await room.run()).outcome, { kind: "done" });
});

test("a host that takes the connection and says nothing: one error, and the next run goes on", async () => {
  await using room = await openRoom();
  room.network.ssh.plan({ kind: "hold" }, 1);
  const { outcome } = await room.run();
  assert.ok(outcome.kind === "failed", JSON.stringify(outcome));
  assert.match(outcome.failure.why, /^lab did not (answer|finish the login within 4 s)\.$/);
  assert.deepEqual((await room.run()).outcome, { kind: "done" });
});

interface Room extends AsyncDisposable {
  readonly network: Network;
  /** `strikes` while the host is at the first step's deed. */
  run(strikes?: Weather["strikes"]): Promise<{
    readonly outcome: Outcome;
    readonly news: readonly ProgressNews[];
  }>;
  /** The network is well again. */
  heal(): Promise<void>;
}

/** A host (a real sshd) and a cluster, both behind a network of their own that can be spoilt. */
async function openRoom(): Promise<Room> {
  await using stack = new AsyncDisposableStack();
  const folder = stack.use(tempFolder("weather"));
  const sshd = stack.use(await startSshd());
  const kube = stack.use(await startKube());
  const network: Network = {
    api: stack.use(await startFaultyProxy({ port: kube.port, host: "127.0.0.1" })),
    ssh: stack.use(await startFaultyProxy({ port: sshd.port })),
  };
  // Healing is another way to the same place: what is still held on the old one stays held.
  let ways = { api: network.api.port, ssh: network.ssh.port };
  const scene = createScene([stepNamed("one"), stepNamed("two", { needs: ["one"] })]);
  const plan = scene.plan();
  const owned = stack.move();
  return {
    network,
    heal: async () => {
      ways = { api: kube.port, ssh: sshd.port };
    },
    run: async (strikes) => {
      await using adapters = new AsyncDisposableStack();
      const kubeconfig = join(folder.path, "kubeconfig");
      const text = readFileSync(kube.kubeconfig, "utf8");
      writeFileSync(kubeconfig, text.replaceAll(`:${kube.port}`, `:${ways.api}`));
      const configFile = sshd.client("client-config", [
        "Host lab",
        `  Port ${ways.ssh}`,
        `  HostKeyAlias [127.0.0.1]:${sshd.port}`,
      ]);
      const api = adapters.use(
        connectKube({
          file: kubeconfig,
          context: null,
          home: "/nowhere",
          timeoutMs: 500,
          limitBytes: 1024 * 1024,
        }),
      );
      const session = adapters.use(
        createSshSession(
          sshTarget({ name: "lab", destination: "lab" }, { configFile, connectTimeoutMs: 2_000 }),
        ),
      );
      // A hundred times as fast: patience with the API is three seconds of ours.
      const world: World = { ...clusterWorld(api, { speed: 100 }), host: async () => session };
      const news: ProgressNews[] = [];
      const parts = {
        world,
        handlers: { ...HANDLERS, "node-open": fileStep(folder.path, () => strikes?.(network)) } as Handlers,
        replan: async (): Promise<Plan> => ({ ...plan, steps: plan.steps.filter(({ id }) => !isThere(id)) }),
        report: (each: ProgressNews) => void news.push(each),
        allowed: [],
        clusterName: "glaze",
        journalFile: join(folder.path, "glaze.journal"),
        runId: "run",
        holder: "anna",
      };
      const isThere = (id: string) => existsSync(join(folder.path, id));
      await using run = await openRun(parts);
      const { outcome } = await apply(plan, run);
      return { outcome, news };
    },
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}

/** Makes a file on the host, in its own time; told when it is at it. */
function fileStep(folder: string, atIt: () => void): StepHandler<"node-open"> {
  const begun = join(folder, "begun");
  const isThere = async (world: World, id: string) => {
    const session = await world.host("lab");
    return (await session.run({ words: ["test", "-e", join(folder, id)], effect: "reads" })).code === 0;
  };
  return {
    describe: ({ id }) => id,
    probe: async ({ id, world }) =>
      (await isThere(world, id))
        ? { state: "done", outputs: {} }
        : { state: "todo", before: { hadTaint: false } as never },
    run: async ({ id, world }) => {
      rmSync(begun, { force: true });
      const script = 'touch "$1"; sleep 0.5; touch "$2"';
      const deed = mustRun(await world.host("lab"), {
        words: ["sh", "-c", script, "", begun, join(folder, id)],
        effect: "changes",
      });
      const struck = waitFor("the deed", () => existsSync(begun) || undefined).then(atIt);
      await Promise.all([deed, struck]);
    },
    verify: async ({ id, world }) => {
      assert.ok(await isThere(world, id));
      return {};
    },
    undo: async () => undefined,
  };
}
