import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after as afterAll, before as beforeAll, test } from "node:test";
import { replanByProbes } from "../../../lab/crash/replan.ts";
import { type FaultyProxy, startFaultyProxy } from "../../../lab/faultyProxy.ts";
import { type ClusterLab, type ClusterSnapshot, startCluster } from "../../../lab/hosts/cluster.ts";
import { privateAddressFiles } from "../../../lab/hosts/k3sFiles.ts";
import { tempFolder } from "../../../lab/temp.ts";
import { waitFor } from "../../../lab/waitFor.ts";
import { clusterWorld } from "../../../test/apply/cluster.ts";
import { createScene, stepNamed } from "../../../test/apply/scene.ts";
import type { HostSession } from "../../hosts/session.ts";
import { createSshSession } from "../../hosts/sshSession.ts";
import { sshTarget } from "../../hosts/target.ts";
import type { KubeApi } from "../../kube/api.ts";
import { connectKube } from "../../kube/connect.ts";
import type { ProgressNews } from "../../model/progress.ts";
import type { Step } from "../../model/step.ts";
import { apply } from "../apply.ts";
import { HANDLERS } from "../handlers.ts";
import { openRun } from "../openRun.ts";
import type { Outcome } from "../result.ts";
import type { World } from "../world.ts";
import { createFirewallOpen } from "./firewall-open.ts";

const NAMES = ["glaze-prod", "glaze-worker-1"] as const;
type Proxies = Readonly<Record<(typeof NAMES)[number], FaultyProxy>>;

let lab: ClusterLab;
let fresh: ClusterSnapshot;
let kube: KubeApi;
beforeAll(async () => {
  lab = await startCluster({ prodFiles: privateAddressFiles, workerHasTailscale: true });
  fresh = await lab.snapshot();
  const limits = { timeoutMs: 30_000, limitBytes: 64 * 1024 * 1024 };
  kube = connectKube({ file: lab.kube.kubeconfig, context: null, home: "/", ...limits });
});
afterAll(async () => {
  await kube[Symbol.asyncDispose]();
  await lab[Symbol.asyncDispose]();
});

const STEPS: readonly Step[] = [
  stepNamed("firewall-open/glaze-prod", {
    kind: "firewall-open",
    params: {
      host: "glaze-prod",
      openings: [8472, 10250, 6443].map((port) => ({
        protocol: port === 8472 ? "udp" : "tcp",
        port,
        from: ["10.116.0.3"],
      })),
      into: { kind: "where-it-drops" },
    },
  } as Partial<Step>),
  stepNamed("node-join/glaze-worker-1", {
    kind: "node-join",
    params: {
      host: "glaze-worker-1",
      node: "glaze-worker-1",
      address: "10.116.0.3",
      interface: "eth1",
      server: "glaze-prod",
      serverAddress: "10.116.0.2",
      version: "v1.36.2+k3s1",
      resolvConf: null,
      loadBalancerNode: "glaze-prod",
    },
  } as Partial<Step>),
];

interface Weather {
  readonly name: string;
  /** At which of the news it strikes; from the beginning when absent. */
  readonly at?: RegExp;
  readonly strikes: (proxies: Proxies) => void;
  /** `null`: the run goes on to its end. */
  readonly failure: RegExp | null;
}

const CONFIRMING = /waiting for a new connection to glaze-prod/;
const JOINING = /it has not registered/;

const WEATHERS: readonly Weather[] = [
  {
    name: "the way is cut when a firewall waits for its new connection, and twice more",
    at: CONFIRMING,
    strikes: ({ "glaze-prod": ssh }) => {
      ssh.cutAll();
      ssh.plan({ kind: "refuse" }, 2);
    },
    failure: null,
  },
  {
    name: "nobody gets in any more after a firewall's rules are loaded",
    at: CONFIRMING,
    strikes: ({ "glaze-prod": ssh }) => {
      ssh.cutAll();
      ssh.plan({ kind: "refuse" });
    },
    failure:
      /^glaze-prod let no new connection in after its rules were loaded: it takes them back by itself within 6 s\.$/,
  },
  {
    name: "the host is silent after a firewall's rules are loaded",
    at: CONFIRMING,
    strikes: ({ "glaze-prod": ssh }) => {
      ssh.stallAll();
      ssh.plan({ kind: "hold" });
    },
    failure: /^glaze-prod let no new connection in after its rules were loaded/,
  },
  {
    name: "the way to the new host is cut while it is sent the program",
    at: /k3s from glaze-prod to glaze-worker-1/,
    strikes: ({ "glaze-worker-1": ssh }) => ssh.cutAll(),
    failure: /^The connection to glaze-worker-1 broke while `.+` ran\.$/,
  },
  {
    name: "the way to the new host is cut while its agent joins",
    at: JOINING,
    strikes: ({ "glaze-worker-1": ssh }) => ssh.cutAll(),
    failure: null,
  },
  {
    name: "the new host falls silent while its agent joins",
    at: JOINING,
    strikes: ({ "glaze-worker-1": ssh }) => {
      ssh.stallAll();
      ssh.plan({ kind: "hold" });
    },
    failure:
      /^glaze-worker-1 did not (answer|finish the login within 4 s)\.$|^The connection to glaze-worker-1 broke/,
  },
  {
    name: "both ways are slow",
    strikes: (proxies) => {
      for (const name of NAMES) proxies[name].plan({ kind: "slow", bytesPerSecond: 60_000 });
    },
    failure: null,
  },
];

for (const { name, at, strikes, failure } of WEATHERS) {
  test(`${name}: ${failure === null ? "it goes on" : "one error, and the next run goes on"}`, async () => {
    await lab.restore(fresh);
    await using stack = new AsyncDisposableStack();
    const folder = stack.use(tempFolder("weather"));
    const proxies = await proxiesIn(stack);
    await usable(sessionsThrough(null, folder.path, stack));
    if (at === undefined) strikes(proxies);
    const sessions = sessionsThrough(proxies, folder.path, stack);
    const spoilt = await run(folder.path, sessions, at, () => strikes(proxies));
    assert.equal(spoilt.hasStruck, at !== undefined, JSON.stringify(spoilt.news));
    if (failure === null) return assert.deepEqual(spoilt.outcome, { kind: "done" });
    assert.ok(spoilt.outcome.kind === "failed", JSON.stringify(spoilt.outcome));
    assert.match(spoilt.outcome.failure.why, failure);
    // It hung nowhere without having said what it was at.
    assert.equal(spoilt.news.at(-2)?.kind, "step-news", JSON.stringify(spoilt.news));
    const healed = await run(folder.path, sessionsThrough(null, folder.path, stack));
    assert.deepEqual(healed.outcome, { kind: "done" });
  });
}

type Sessions = ReadonlyMap<string, HostSession>;

async function proxiesIn(stack: AsyncDisposableStack): Promise<Proxies> {
  const { prod, worker } = lab;
  const before = async (host: string | null) =>
    stack.use(await startFaultyProxy({ host: host ?? "", port: 22 }));
  return {
    "glaze-prod": await before(prod.tailscaleAddress),
    "glaze-worker-1": await before(worker.tailscaleAddress),
  };
}

/** Over the proxies, or past them. */
function sessionsThrough(proxies: Proxies | null, folder: string, stack: AsyncDisposableStack): Sessions {
  const ways = NAMES.map((name) =>
    proxies === null ? "" : `Host ${name}\n  HostName 127.0.0.1\n  Port ${proxies[name].port}\n\n`,
  );
  const configFile = join(folder, proxies === null ? "straight" : "spoilt");
  writeFileSync(configFile, ways.join("") + readFileSync(lab.sshConfigFile, "utf8"));
  return new Map(
    NAMES.map((name) => {
      const limits = { configFile, connectTimeoutMs: 2_000 };
      return [name, stack.use(createSshSession(sshTarget({ name, destination: name }, limits)))];
    }),
  );
}

/** Hosts that were restored take a while to be found again. */
async function usable(sessions: Sessions): Promise<void> {
  for (const session of sessions.values()) {
    await waitFor(session.name, async () => (await session.run(TRUE)).code === 0, 90_000);
  }
}

const TRUE = { words: ["true"], effect: "reads" } as const;

/** `strikes` once, at the first of the news that fits. */
async function run(folder: string, sessions: Sessions, at?: RegExp, strikes?: () => void) {
  const news: ProgressNews[] = [];
  const isIt = (each: ProgressNews) => each.kind === "step-news" && at?.test(each.text) === true;
  const world: World = {
    ...clusterWorld(kube),
    host: async (name) => {
      const session = sessions.get(name);
      assert.ok(session !== undefined);
      return session;
    },
    folder,
  };
  const plan = createScene(STEPS).plan();
  const parts = {
    world,
    handlers: { ...HANDLERS, "firewall-open": createFirewallOpen(6_000) },
    replan: () => replanByProbes(plan, world),
    report: (each: ProgressNews) => {
      if (isIt(each) && !news.some(isIt)) strikes?.();
      news.push(each);
    },
    allowed: [],
    clusterName: "glaze",
    journalFile: join(folder, "glaze.journal"),
    runId: "run",
    holder: "anna",
  };
  await using opened = await openRun(parts);
  const { outcome }: { readonly outcome: Outcome } = await apply(plan, opened);
  return { outcome, news, hasStruck: news.some(isIt) };
}
