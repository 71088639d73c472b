import { join } from "node:path";
import type { KubeApi } from "../../src/kube/api.ts";
import { connectKube } from "../../src/kube/connect.ts";
import { SECOND } from "../../src/model/time.ts";
import type { Operator } from "../hosts/operator.ts";
import type { KubeLab } from "../kube/lab.ts";
import { startKube } from "../kube/start.ts";
import { createGlaze, inMoved } from "../postgres/application.ts";
import { followEndpoint, furnish, ownAddress, startServiceProxy } from "../postgres/clusterMove.ts";
import { commitFaults } from "../postgres/commits.ts";
import { equipFounder, giveAddress, K3S_HOST_FILES, K3S_VERSION } from "../postgres/founder.ts";
import { type LabPair, startPair } from "../postgres/pair.ts";
import { type Ledger, startWriters, type Writers } from "../postgres/writers.ts";
import { startSshd } from "../sshd.ts";
import { tempFolder } from "../temp.ts";
import { chapter, say, show } from "./stage.ts";

const INTRODUCTION = `
Now the riskiest step: the database leaves the cluster while clients write to it. Both servers are real, PostgreSQL 15 here and 17 outside
with TLS, 22 connections and no superuser; ssh, replication and every byte are real. Stood in for are the Kubernetes API and k3s's exec.
`;

const ROWS = 200_000;
const SCHEMA = `
  create table pots (id int primary key, glaze text);
  insert into pots select g, md5(g::text) from generate_series(1, ${ROWS}) g;
`;

/** Moves a database under writes and brings it home again; counts what was lost, and fails when anything was. */
export async function movePostgres(): Promise<void> {
  say(INTRODUCTION);
  const started = Date.now();
  using folder = tempFolder("demo-postgres");
  await using pair = await startPair({ from: 15, to: 17 });
  await createGlaze(pair, SCHEMA);
  await using sshd = await startSshd({ files: K3S_HOST_FILES });
  const address = ownAddress();
  using _address = giveAddress(address);
  await using lab = await startKube();
  await lab.registerNode({ name: "lab", address, version: K3S_VERSION });
  await using kube = apiOf(lab);
  await furnish(kube, pair);
  await using _proxy = await startServiceProxy(kube, address, pair);
  const founder = equipFounder(folder.path, { pair, sshd, lab, address });
  const plan = join(folder.path, "plan.json");
  await using clients = await startClients(kube, pair, 0);

  chapter("10  The way out, both servers asked; clients write all the time");
  await mustEnd(0, ["plan", "--out", plan], founder);

  chapter("11  The database moves; only a word allows what cannot be done without a pause");
  await mustEnd(0, ["apply", plan, "--allow", "downtime,data-move"], founder);
  await clients.writers.more(20, "on the new server");
  const there = await clients.writers.stop();
  const faults = await commitFaults(pair, "target", there);
  const moved = await inMoved(pair, async (client) => {
    const { rows } = await client.query(
      "select (select count(*) from pots) + (select count(*) from entries) as moved",
    );
    return Number(rows[0].moved);
  });

  chapter("12  Nothing is left to do; and home again, with the rows written since");
  await mustEnd(0, ["plan", "--exit-code"], founder);
  await using later = await startClients(kube, pair, 10);
  await mustEnd(0, ["undo", "--allow", "downtime,data-move"], founder);
  await later.writers.more(20, "at home");
  const home = await later.writers.stop();
  const both = merged(there, home);
  const faultsHome = await commitFaults(pair, "source", both);
  say(`
${moved} rows moved, every one compared; there and back took ${Math.round((Date.now() - started) / SECOND)} s, these screens included
write pause, as the clients felt it:  ${seconds(there)} there, ${seconds(home)} home
commits lost or doubled, counted:     ${faults.length} of ${there.acknowledged.size} there, ${faultsHome.length} of ${both.acknowledged.size} home
to walk back, within 24 h:            outgrow undo --allow downtime,data-move`);
  const all = [...faults, ...faultsHome];
  if (all.length > 0) throw new Error(all.slice(0, 5).join("; "));
}

function merged(one: Ledger, other: Ledger): Ledger {
  return {
    acknowledged: new Set([...one.acknowledged, ...other.acknowledged]),
    uncertain: new Set([...one.uncertain, ...other.uncertain]),
    longestGapMs: Math.max(one.longestGapMs, other.longestGapMs),
    switchMs: Math.max(one.switchMs, other.switchMs),
  };
}

function seconds({ longestGapMs }: Ledger): string {
  return `${(longestGapMs / SECOND).toFixed(1)} s`;
}

interface Clients extends AsyncDisposable {
  readonly writers: Writers;
}

/** They know their database by the cluster's Secret, as the application does. */
async function startClients(kube: KubeApi, pair: LabPair, first: number): Promise<Clients> {
  await using kept = new AsyncDisposableStack();
  const application = kept.use(await followEndpoint({ kube, pair }));
  const writers = kept.use(startWriters({ endpoint: application.endpoint, first }));
  await writers.more(20, "before");
  const moved = kept.move();
  return { writers, [Symbol.asyncDispose]: () => moved.disposeAsync() };
}

function apiOf({ kubeconfig }: KubeLab): KubeApi {
  const limitBytes = 64 * 1024 * 1024;
  return connectKube({ file: kubeconfig, context: null, home: "/nowhere", timeoutMs: 5_000, limitBytes });
}

async function mustEnd(code: number, args: readonly string[], { configFile, env }: Operator): Promise<void> {
  const ended = await show(args, configFile, env);
  if (ended !== code) throw new Error(`outgrow ${args[0]} ended with ${ended}, not with ${code}.`);
}
