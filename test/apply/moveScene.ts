import assert from "node:assert/strict";
import { after, before, beforeEach } from "node:test";
import { createHostWorld } from "../../lab/hostWorld.ts";
import type { Controller } from "../../lab/kube/controllers/settle.ts";
import type { KubeLab } from "../../lab/kube/lab.ts";
import { startKube } from "../../lab/kube/start.ts";
import { createGlaze } from "../../lab/postgres/application.ts";
import {
  databaseUrl,
  furnish,
  ownAddress,
  secretsOf,
  startServiceProxy,
} from "../../lab/postgres/clusterMove.ts";
import { K3S_HOST_FILES, K3S_VERSION } from "../../lab/postgres/founder.ts";
import { leftovers } from "../../lab/postgres/leftovers.ts";
import { type LabPair, startPair } from "../../lab/postgres/pair.ts";
import { type LabSshd, startSshd } from "../../lab/sshd.ts";
import { readPostgresFacts } from "../../src/apply/postgres/readPostgresFacts.ts";
import type { World } from "../../src/apply/world.ts";
import { parseConfig } from "../../src/config/parse.ts";
import type { KubeApi } from "../../src/kube/api.ts";
import { ask } from "../../src/kube/ask.ts";
import { readCluster } from "../../src/kube/readCluster.ts";
import { FACTS_VERSION, type Facts } from "../../src/model/facts.ts";
import type { OnlineMigration } from "../../src/model/onlineMigration.ts";
import type { Plan } from "../../src/model/plan.ts";
import { Secret } from "../../src/model/secret.ts";
import type { Step } from "../../src/model/step.ts";
import { makePlan } from "../../src/plan/makePlan.ts";
import { postgresMove } from "../../src/plan/steps/postgres-move.ts";
import { sha256 } from "../../src/store/hash.ts";
import { hostFactsOf } from "../hostCases.ts";
import { apiOf } from "./cluster.ts";

const ADDRESS = ownAddress();

/** Two servers and the host that leads to them; each test puts its own cluster before them. */
export interface MoveLab extends AsyncDisposable {
  readonly pair: LabPair;
  readonly sshd: LabSshd;
  readonly place: MovePlace;
}

/** Where the two servers are in the network. */
export interface MovePlace {
  /** The host's private address. */
  readonly address: string;
  /** The address of the old server's Service in the cluster; `None` where its pod is dialed. */
  readonly clusterIp: string;
  /** The `at` of the new server: its name, and what proves it. */
  readonly at: string;
}

const THIS_MACHINE: MovePlace = {
  address: ADDRESS,
  clusterIp: "127.0.0.1",
  at: "host: localhost, ca: ca.pem",
};

export async function startMoveLab(): Promise<MoveLab> {
  await using kept = new AsyncDisposableStack();
  const pair = kept.use(await startPair({ from: 15, to: 17 }));
  const sshd = kept.use(await startSshd({ files: K3S_HOST_FILES }));
  const moved = kept.move();
  return { pair, sshd, place: THIS_MACHINE, [Symbol.asyncDispose]: () => moved.disposeAsync() };
}

/** For the tests of one file: one laboratory for all of them, and a fresh database for each. */
export function useMoveLab(): () => MoveLab;
export function useMoveLab<L extends MoveLab>(start: () => Promise<L>): () => L;
export function useMoveLab(start: () => Promise<MoveLab> = startMoveLab): () => MoveLab {
  let lab: MoveLab;
  before(async () => {
    lab = await start();
  });
  after(() => lab[Symbol.asyncDispose]());
  beforeEach(() => createGlaze(lab.pair));
  return () => lab;
}

/** A cluster whose application is to be led from one server to the other. */
export interface MoveScene extends AsyncDisposable {
  readonly pair: LabPair;
  readonly place: MovePlace;
  readonly lab: KubeLab;
  readonly kube: KubeApi;
  readonly world: World;
}

export interface MoveSceneOptions {
  /** Whether the new server reaches the old one. */
  readonly hasProxy?: boolean;
  /** Beside Kubernetes' own. */
  readonly controllers?: readonly Controller[];
  readonly onlineMigration?: OnlineMigration;
}

export async function setMoveScene(
  { pair, sshd, place }: MoveLab,
  { hasProxy = true, controllers = [], ...more }: MoveSceneOptions = {},
): Promise<MoveScene> {
  await using kept = new AsyncDisposableStack();
  const lab = kept.use(await startKube({}, controllers));
  await lab.registerNode({ name: "lab", address: place.address, version: K3S_VERSION });
  const kube = kept.use(apiOf(lab));
  await furnish(kube, pair, place.clusterIp);
  if (hasProxy) kept.use(await startServiceProxy(kube, place.address, pair));
  const secret = secretsOf(pair, "PASSWORD", "ca.pem");
  const world = kept.use(
    createHostWorld({
      sshConfigFile: sshd.clientConfig,
      folder: sshd.folder,
      kube,
      ...more,
      secret: (ref) => new Secret(secret("env" in ref ? ref.env : ref.file)),
    }),
  );
  const moved = kept.move();
  return { pair, place, lab, kube, world, [Symbol.asyncDispose]: () => moved.disposeAsync() };
}

/** Of a finished move: on either server and in the cluster. */
export async function assertNothingLeft({ kube, pair }: MoveScene): Promise<void> {
  await assert.rejects(pair.source.superuser("glaze"), /not currently accepting connections/);
  for (const [side, database] of [
    [pair.source, undefined],
    [pair.target, undefined],
    [pair.target, "glaze"],
  ] as const) {
    const admin = await side.superuser(database);
    assert.deepEqual(await leftovers(admin), []);
    await admin.end();
  }
  for (const plural of ["secrets", "services", "configmaps"]) {
    const { body } = await kube.request({ method: "GET", path: `/api/v1/namespaces/default/${plural}` });
    assert.doesNotMatch(JSON.stringify(body), /"name":"outgrow/, plural);
  }
}

/** For the next test. */
export async function clearTarget(pair: LabPair): Promise<void> {
  const admin = await pair.target.superuser();
  await admin.query("drop database if exists glaze with (force)");
  await admin.query("drop role if exists glaze");
  await admin.end();
}

/** What the `{ env }` and `{ file }` of its plan stand for. */
export function secretsOfScene({ pair }: MoveScene): Readonly<Record<string, string>> {
  const secret = secretsOf(pair, "PASSWORD", "ca.pem");
  return { PASSWORD: secret("PASSWORD"), "ca.pem": secret("ca.pem") };
}

/** Which address is told, which Services and Secrets of ours there are, and what of us is on either server. */
export async function lookAt({ kube, pair }: MoveScene): Promise<string> {
  const names = async (plural: string) => {
    const path = `/api/v1/namespaces/default/${plural}`;
    const list = await ask<{ readonly items: readonly { readonly metadata: { readonly name: string } }[] }>(
      kube,
      {
        method: "GET",
        path,
      },
    );
    return list.items.map(({ metadata }) => metadata.name).filter((name) => name.startsWith("outgrow"));
  };
  const servers = await Promise.all([pair.source, pair.target].map(serverLook));
  return JSON.stringify({
    host: (await databaseUrl(kube)).host,
    services: await names("services"),
    // Ours are named by the attempt, which differs from time to time.
    secrets: (await names("secrets")).filter((name) => !name.startsWith("outgrow-journal")).length,
    servers,
  });
}

async function serverLook(side: LabPair["source"]): Promise<unknown> {
  // After the switch the old server lets nobody in.
  const client = await side.superuser().catch((error: Error) => error.message);
  if (typeof client === "string") return client;
  try {
    const { rows } = await client.query(
      `select (select count(*) from pg_replication_slots) as slots, (select count(*) from pg_subscription) as subscriptions,
        (select json_agg(regexp_replace(rolname, 'outgrow_\\w+', 'outgrow') order by rolname) from pg_roles where rolname !~ '^pg_') as roles,
        (select bool_and(rolcanlogin) from pg_roles where rolname = 'glaze') as "mayLogIn",
        (select json_agg(datname order by datname) from pg_database) as databases`,
    );
    return rows[0];
  } finally {
    await client.end();
  }
}

export async function planOf({ kube, pair, place, world }: MoveScene): Promise<Plan> {
  const config = configOf(pair, place);
  const facts = await factsOf(kube, place);
  const { value } = await readPostgresFacts(config, facts, world);
  const sources = {
    facts: { ...facts, ...(value === null ? {} : { postgres: value }) },
    config,
    hash: sha256,
  };
  return makePlan({ ...sources, now: Date.now() }, [postgresMove]);
}

export async function plannedMove(scene: MoveScene): Promise<Extract<Step, { kind: "postgres-move" }>> {
  const [step] = (await planOf(scene)).steps;
  assert.ok(step?.kind === "postgres-move");
  return step;
}

function configOf(pair: LabPair, { address, at }: MovePlace) {
  const { port } = pair.target.dial;
  return parseConfig(
    [
      "version: 1",
      "cluster: { name: glaze }",
      'metrics: { prometheus: { url: "http://127.0.0.1:9090" } }',
      "postgres: { service: default/glaze-postgres, database: glaze }",
      `hosts: { lab: { role: server, ssh: lab, privateAddress: ${address} } }`,
      `target: { postgres: { at: { ${at}, port: ${port}, user: doadmin, password: { env: PASSWORD } } } }`,
    ].join("\n"),
    "outgrow.yaml",
  );
}

async function factsOf(kube: KubeApi, { address }: MovePlace): Promise<Facts> {
  const { value: cluster } = await readCluster(kube);
  const hosts = { lab: hostFactsOf("lab", { addresses: [`eth1 ${address}/8`] }) };
  const none = { repository: null, cloud: null, signals: null, gaps: [] };
  return { version: FACTS_VERSION, readAt: "", cluster, hosts, ...none };
}
