import assert from "node:assert/strict";
import { homedir } from "node:os";
import { after as afterAll, before as beforeAll, test } from "node:test";
import { type ClusterLab, type ClusterSnapshot, startCluster } from "../../../lab/hosts/cluster.ts";
import { attempt } from "../../../lab/hosts/execute.ts";
import type { LabHost } from "../../../lab/hosts/host.ts";
import { packetMatrix } from "../../../lab/hosts/packetMatrix.ts";
import { createHostWorld, type HostWorld } from "../../../lab/hostWorld.ts";
import { waitFor } from "../../../lab/waitFor.ts";
import { begin, exercise, type StepCase } from "../../../test/apply/stepHarness.ts";
import type { KubeApi } from "../../kube/api.ts";
import { connectKube } from "../../kube/connect.ts";
import { OutgrowError } from "../../model/error.ts";
import type { ParamsOf, StepKind } from "../../model/step.ts";
import { HANDLERS } from "../handlers.ts";

let lab: ClusterLab;
let fresh: ClusterSnapshot;
let kube: KubeApi;
beforeAll(async () => {
  lab = await startCluster();
  fresh = await lab.snapshot();
  kube = connectKube({
    file: lab.kubeconfig,
    context: null,
    home: homedir(),
    timeoutMs: 30_000,
    limitBytes: 64 * 1024 * 1024,
  });
});
afterAll(async () => {
  await kube[Symbol.asyncDispose]();
  await lab[Symbol.asyncDispose]();
});

function worldOf(): HostWorld {
  return createHostWorld({ sshConfigFile: lab.sshConfigFile, folder: lab.folder, kube });
}

/** Hosts that were restored have new network cards, which the internet takes a while to find. */
async function freshWorld(): Promise<HostWorld> {
  await lab.restore(fresh);
  const world = worldOf();
  for (const name of ["glaze-prod", "glaze-worker-1"]) {
    const host = await world.host(name);
    await waitFor(
      name,
      async () => (await host.run({ words: ["true"], effect: "reads" })).code === 0,
      90_000,
    );
  }
  return world;
}

function stepOf<K extends StepKind>(
  kind: K,
  params: ParamsOf<K>,
  world: HostWorld,
  look: () => Promise<string>,
): StepCase<K> {
  return { handler: HANDLERS[kind] as unknown as StepCase<K>["handler"], params, world, look };
}

/** Every file of some folders: name, mode, owner and a sum of its text. */
async function filesIn(host: LabHost, ...folders: readonly string[]): Promise<string> {
  const script = `find "$@" -type f -exec stat -c '%n %a %U' {} + 2>/dev/null | sort; find "$@" -type f -exec sha256sum {} + 2>/dev/null | sort -k 2`;
  return await host.run("sh", ["-c", `${script}; true`, "", ...folders]);
}

/** What containers leave where they are not taken away with their node: links, network namespaces, processes. */
async function remains(host: LabHost): Promise<string> {
  const script = `ip -brief link | sed 's/[@ ].*//' | sort; ls /run/netns; ps -e -o args= | grep '[h]ttpd'; true`;
  return await host.run("sh", ["-c", script]);
}

async function object(path: string): Promise<string> {
  const { status, body } = await kube.request({ method: "GET", path });
  if (status !== 200) return `${path} ${status}`;
  const {
    metadata,
    spec,
    status: now,
  } = body as {
    metadata: { labels: object; annotations: object };
    spec: object;
    status: { addresses?: unknown };
  };
  return JSON.stringify([metadata.labels, metadata.annotations, spec, now.addresses]);
}

const LIMITS: ParamsOf<"k3s-config"> = {
  host: "glaze-prod",
  drop: [
    { setting: "kube-apiserver-arg", argument: "max-requests-inflight" },
    { setting: "kube-apiserver-arg", argument: "max-mutating-requests-inflight" },
    { setting: "kube-controller-manager-arg", argument: "concurrent-deployment-syncs" },
  ],
  enable: ["metrics-server"],
};

const ADDRESS: ParamsOf<"node-address"> = {
  host: "glaze-prod",
  node: "glaze-prod",
  address: "10.116.0.2",
  interface: "eth1",
  tlsSan: ["10.116.0.2"],
};

const PREPARE: ParamsOf<"node-prepare"> = {
  host: "glaze-worker-1",
  like: "glaze-prod",
  address: "10.116.0.3",
  way: "direct",
};

const JOIN: ParamsOf<"node-join"> = {
  host: "glaze-worker-1",
  node: "glaze-worker-1",
  address: "10.116.0.3",
  interface: null,
  server: "glaze-prod",
  serverAddress: "10.116.0.2",
  version: "v1.36.2+k3s1",
  resolvConf: "/etc/rancher/k3s/resolv.conf",
  loadBalancerNode: "glaze-prod",
};

const NETWORK: ParamsOf<"network-verify"> = {
  nodes: [
    { name: "glaze-prod", host: "glaze-prod", address: "10.116.0.2" },
    { name: "glaze-worker-1", host: "glaze-worker-1", address: "10.116.0.3" },
  ],
};

function openingsOf(host: string): ParamsOf<"firewall-open"> {
  const from = [host === "glaze-prod" ? "10.116.0.3" : "10.116.0.2"];
  const ports = [
    { protocol: "udp", port: 8472, from },
    { protocol: "tcp", port: 10250, from },
    ...(host === "glaze-prod" ? [{ protocol: "tcp", port: 6443, from } as const] : []),
  ] as const;
  return { host, openings: ports, into: { kind: "where-it-drops" } };
}

test("k3s-config: the throttles go by a file of ours, and come back without it", async () => {
  await using world = await freshWorld();
  await exercise({
    ...stepOf("k3s-config", LIMITS, world, () =>
      filesIn(lab.prod, "/etc/rancher/k3s/config.yaml", "/etc/rancher/k3s/config.yaml.d"),
    ),
    check: async () => {
      assert.equal(
        await lab.prod.run("cat", ["/etc/rancher/k3s/config.yaml.d/99-outgrow-limits.yaml"]),
        [
          "# Written by outgrow: it stands above config.yaml. To go back, take this file away and restart k3s.",
          "kube-apiserver-arg:",
          "  - bind-address=127.0.0.1",
          "kube-controller-manager-arg:",
          "  - concurrent-replicaset-syncs=1",
          "disable: []",
          "",
        ].join("\n"),
      );
    },
  });
});

test("node-address: the server stands under its private address, and goes back", async () => {
  await using world = await freshWorld();
  await exercise(
    stepOf("node-address", ADDRESS, world, async () =>
      [
        await filesIn(lab.prod, "/etc/rancher/k3s/config.yaml.d"),
        await object("/api/v1/nodes/glaze-prod"),
      ].join("\n"),
    ),
  );
});

test("the whole way of a second host: prepared, let in, joined, its network proved; and all of it back", async () => {
  await using world = await freshWorld();
  const look = async () =>
    [
      await filesIn(lab.worker, "/etc", "/usr/local/bin"),
      await lab.worker.ruleset(),
      await lab.worker.run("sysctl", ["vm.swappiness", "vm.panic_on_oom"]),
      await remains(lab.worker),
      await filesIn(lab.prod, "/etc/glaze", "/etc/rancher/k3s/config.yaml.d"),
      await object("/api/v1/nodes/glaze-prod"),
      await object("/api/v1/nodes/glaze-worker-1"),
    ].join("\n");
  await lab.prod.run("sh", [
    "-c",
    "sysctl -qw vm.swappiness=10; echo 'mirrors: {}' >/etc/rancher/k3s/registries.yaml",
  ]);
  const start = await look();
  const undos: (() => Promise<void>)[] = [];
  let count = 0;
  const carryOut = async <K extends StepKind>(kind: K, params: ParamsOf<K>) => {
    const step = stepOf(kind, params, world, look);
    const task = await begin(step, `aaaaaaaaaa${10 + count++}`);
    await step.handler.run(task);
    await step.handler.verify(task);
    assert.equal((await step.handler.probe(task)).state, "done", kind);
    undos.unshift(async () => step.handler.undo(task));
  };
  await carryOut("node-address", ADDRESS);
  await carryOut("node-prepare", PREPARE);
  assert.match(
    await lab.worker.run("nft", ["list", "table", "inet", "glaze"]),
    /tcp dport 22 accept comment "outgrow/,
  );
  await carryOut("firewall-open", openingsOf("glaze-prod"));
  await carryOut("firewall-open", openingsOf("glaze-worker-1"));
  await carryOut("node-join", JOIN);
  const step = stepOf("network-verify", NETWORK, world, look);
  const proof = { ...(await taskOf(step)), before: {}, attempt: "aaaaaaaaaa20" };
  await step.handler.run(proof);
  await step.handler.verify(proof);
  const rows = await packetMatrix(lab);
  const dropped = rows.filter(({ from, fate }) => from !== "outside" && fate === "dropped");
  // An agent has no API, and so no way to one is opened.
  assert.deepEqual(
    dropped.map(({ from, to, what }) => `${from} → ${to}: ${what}`),
    ["glaze-prod → glaze-worker-1: 6443/tcp, API"],
  );
  const tokens = await lab.prod.run("k3s", ["token", "list"]);
  assert.equal(tokens.trim().split("\n").length, 1, tokens);
  await lab.worker.run("nft", ["insert rule inet glaze input udp dport 8472 drop"]);
  await assert.rejects(
    async () => step.handler.verify(proof),
    (error: unknown) =>
      error instanceof OutgrowError && /there is no way to small packets/.test(error.message),
  );
  const wall = await lab.worker.ruleset();
  await lab.worker.run("nft", ["flush chain inet glaze input"]);
  await assert.rejects(
    async () => step.handler.verify({ ...proof, world: { ...world, answers: answersOutside } }),
    (error: unknown) =>
      error instanceof OutgrowError &&
      /TCP 10250 of glaze-worker-1 answers here, at 203\.0\.113\.11/.test(error.message),
  );
  await lab.worker.run("nft", ["-f", "-"], `flush ruleset\n${wall}`);
  for (const undo of undos) await undo();
  const [was, is] = [start.split("\n"), (await look()).split("\n")];
  assert.deepEqual(
    [is.filter((line) => !was.includes(line)), was.filter((line) => !is.includes(line)), is.length],
    [[], [], was.length],
  );
});

/** As seen from the laboratory's internet. */
async function answersOutside(address: string, port: number): Promise<boolean> {
  const [program, ...words] = lab.outside("busybox", ["nc", "-w", "1", address, String(port)]);
  return (await attempt(program, words)).code === 0;
}

async function taskOf<K extends StepKind>({ params, world }: StepCase<K>) {
  return { id: "the-step", params, world, say: () => undefined };
}

test("a join that the firewall keeps out says so, and the same attempt goes on once it is open", async () => {
  await using world = await freshWorld();
  const look = async () => "";
  const address = stepOf("node-address", ADDRESS, world, look);
  await address.handler.run(await begin(address, "aaaaaaaaaaa1"));
  const join = stepOf("node-join", JOIN, world, look);
  const task = await begin(join, "aaaaaaaaaaa2");
  await assert.rejects(
    async () => join.handler.run(task),
    (error: unknown) => {
      assert.ok(error instanceof OutgrowError);
      assert.deepEqual(
        [error.code, error.message, error.hint],
        [
          "verify",
          "glaze-worker-1 cannot join: it gets no answer from 10.116.0.2:6443.",
          "A firewall drops it: let TCP 6443 in on glaze-prod from glaze-worker-1's private address 10.116.0.3, in the cloud's firewall too.",
        ],
      );
      return true;
    },
  );
  assert.equal((await join.handler.probe({ ...task, before: null })).state, "todo");
  const open = stepOf("firewall-open", openingsOf("glaze-prod"), world, look);
  await open.handler.run(await begin(open, "aaaaaaaaaaa3"));
  await join.handler.run(task);
  assert.deepEqual(await join.handler.verify(task), { node: "glaze-worker-1" });
  const node = JSON.parse(await object("/api/v1/nodes/glaze-worker-1")) as readonly [
    unknown,
    unknown,
    { taints: unknown },
  ];
  assert.deepEqual(node[2].taints, [{ key: "outgrow.dev/joining", value: "true", effect: "NoSchedule" }]);
  // Its undo may be cut off anywhere: what is left can join again, and is open as before.
  for (const last of [
    "GET /api/v1/pods?",
    "DELETE /api/v1/nodes/",
    "DELETE /api/v1/namespaces/kube-system/secrets/glaze-worker-1.node-password.k3s",
  ]) {
    const cut = { ...task, world: { ...world, kube: cutOffAt(last) } };
    await assert.rejects(async () => join.handler.undo(cut), /cut off/);
    assert.equal((await join.handler.probe(task)).state, "todo", last);
    await join.handler.run(task);
    await join.handler.verify(task);
    assert.deepEqual(JSON.parse(await object("/api/v1/nodes/glaze-worker-1")), node, last);
  }
});

/** The API until something is asked of it that begins so. */
function cutOffAt(last: string): KubeApi {
  return {
    ...kube,
    request: async (request) => {
      if (`${request.method} ${request.path}`.startsWith(last)) throw new Error("cut off");
      return await kube.request(request);
    },
  };
}

test("what no join can mend is said before anything is touched", async () => {
  await using world = await freshWorld();
  const look = async () => "";
  const prepare = stepOf("node-prepare", PREPARE, world, look);
  await lab.worker.run("sh", ["-c", "echo 3600 >/etc/outgrow-lab-clock"]);
  const blocked = await prepare.handler.probe({ ...(await taskOf(prepare)), before: null, attempt: null });
  assert.ok(blocked.state === "blocked");
  assert.match(blocked.why, /^The clock of glaze-worker-1 is 3[56]\d\d s off the server's\.$/);
  const join = stepOf("node-join", { ...JOIN, version: "v1.35.0+k3s1" }, world, look);
  assert.deepEqual(await join.handler.probe({ ...(await taskOf(join)), before: null, attempt: null }), {
    state: "blocked",
    why: "The server runs v1.36.2+k3s1 by now; the plan is for v1.35.0+k3s1.",
    fix: "Make a new plan: outgrow plan --out plan.json",
  });
  const taken = stepOf("node-join", { ...JOIN, node: "glaze-prod" }, world, look);
  assert.deepEqual(await taken.handler.probe({ ...(await taskOf(taken)), before: null, attempt: null }), {
    state: "blocked",
    why: "The cluster has a node glaze-prod already, and it is not glaze-worker-1.",
    fix: "If that host is gone: kubectl delete node glaze-prod; kubectl -n kube-system delete secret glaze-prod.node-password.k3s",
  });
});
