import type { HostSession } from "../../hosts/session.ts";
import { ask, find } from "../../kube/ask.ts";
import { OutgrowError } from "../../model/error.ts";
import type { MoveDoor } from "../../model/steps/postgres-move.ts";
import { type Millis, SECOND } from "../../model/time.ts";
import { lookAtWall, type WallParams, whyForeign } from "../firewall/lookAtWall.ts";
import { isWallOpened, openWall, restoreWall } from "../firewall/openWall.ts";
import { distinctChains } from "../firewall/wall.ts";
import { mustRun } from "../mustRun.ts";
import type { ProbeTask, StepTask } from "../stepKind.ts";
import { DIAL_PORT, type ServingPod, servingPod } from "./reach.ts";

type Task = StepTask<"postgres-move">;

/** How long a new connection has to say that it still gets in. */
const PATIENCE: Millis = 30 * SECOND;

/**
 * What will be opened, for the journal, or why it cannot be. Looks, and changes nothing. The driver that lets nobody
 * dial has no door: `null`.
 */
export async function planDoor(
  task: Pick<Task, "params" | "world">,
): Promise<{ readonly door: MoveDoor | null } | { readonly why: string; readonly fix: string }> {
  const { source, driver } = task.params;
  if (driver === "offline") return { door: null };
  const params = await wallParams(task, await servingPod(source, task.world));
  const look = await lookAtWall({ params, world: task.world });
  const foreign = whyForeign(look);
  if (foreign !== null) return foreign;
  const { host, privateAddress: address, service } = source;
  const from = params.openings.flatMap((opening) => opening.from);
  const chains = distinctChains(look.wall.dropping);
  return { door: { host, namespace: service.namespace, address, port: DIAL_PORT, from, chains } };
}

/**
 * While rows are copied the target dials the source: a Service of ours at the private address of the host, and
 * where a firewall drops it, a rule that lets the target in and nobody else. Both carry the attempt's name.
 */
export async function openDoor(task: Task): Promise<void> {
  const { params, world } = task;
  const pod = await servingPod(params.source, world);
  await openWall({ ...task, params: await wallParams(task, pod) }, PATIENCE);
  // Last: without it a rule leads nowhere, so that what fails before has opened nothing.
  if (!(await hasService(task))) await createService(task, pod);
  task.say(`${params.target.host} may dial ${doorText(task)} until the move is done or undone`);
}

async function createService(task: Task, { selector, targetPort }: ServingPod): Promise<void> {
  const path = pathOf(task);
  await ask(task.world.kube, {
    method: "POST",
    path: path.slice(0, path.lastIndexOf("/")),
    body: {
      apiVersion: "v1",
      kind: "Service",
      metadata: { name: nameOf(task), labels: { "app.kubernetes.io/managed-by": "outgrow" } },
      spec: {
        selector,
        ports: [{ name: "postgres", port: DIAL_PORT, targetPort }],
        // Of this address only: a NodePort would be open at every address of the host.
        externalIPs: [task.params.source.privateAddress],
      },
    },
  });
}

/** Safe to repeat, whatever of the door there is: rule and Service go each by itself, though somebody took the other away. */
export async function closeDoor(task: Task): Promise<void> {
  const isServed = await hasService(task);
  if (!isServed && hasNoDoor(task)) return;
  await restoreWall(wallOf(task));
  if (isServed) await ask(task.world.kube, { method: "DELETE", path: pathOf(task) });
}

/** Whether anything of it is left: its Service, or a rule. */
export async function isDoorOpen(task: Begun): Promise<boolean> {
  if (await hasService(task)) return true;
  return !hasNoDoor(task) && (await isWallOpened(wallOf(task)));
}

/** What went wrong while it was open, with a word that it still is: whoever goes on needs it. */
export function withDoor(error: unknown, task: Task): unknown {
  if (!(error instanceof OutgrowError)) return error;
  const { code, message, hint, at, problems, cause } = error;
  const stays = `${doorText(task)} stays open to ${task.params.target.host} until the move is done or undone.`;
  return new OutgrowError(code, message, {
    hint: hint === undefined ? stays : `${hint} ${stays}`,
    at,
    problems,
    cause,
  });
}

type Begun = Pick<ProbeTask<"postgres-move">, "params" | "world" | "before"> & { readonly attempt: string };

/** The firewall of a host whose move lets nobody dial may not even be readable. A plan may have changed the driver meanwhile. */
function hasNoDoor({ params, before }: Pick<Begun, "params" | "before">): boolean {
  return params.driver === "offline" && (before?.door ?? null) === null;
}

/** Where the cluster is lost, so is its Service. */
async function hasService(task: Begun): Promise<boolean> {
  return hasCluster(task) && (await find(task.world.kube, pathOf(task))) !== null;
}

export function hasCluster({ params }: Pick<Begun, "params">): boolean {
  return params.without?.includes("cluster") !== true;
}

function wallOf({ params, attempt, world }: Begun) {
  return { params: { host: params.source.host }, attempt, world };
}

async function wallParams(
  { params: { source, target }, world }: Pick<Task, "params" | "world">,
  { podAddress, podPort }: ServingPod,
): Promise<WallParams> {
  const from = await addressesOf(target.host, await world.host(source.host));
  const pod = { address: podAddress, port: podPort };
  const openings = [{ protocol: "tcp", port: DIAL_PORT, from, pod }] as const;
  // Never a table of our own: a host without a firewall needs none for this.
  return { host: source.host, openings, into: { kind: "chains", chains: [] } };
}

/** As the host itself resolves it: the private address of the target, from which it dials. */
async function addressesOf(name: string, session: HostSession): Promise<readonly string[]> {
  const words = ["getent", "ahostsv4", name];
  const lines = (await mustRun(session, { words, effect: "reads" })).split("\n");
  const addresses = [...new Set(lines.flatMap((line) => line.split(/\s/)[0] || []))];
  if (addresses.length > 0) return addresses;
  throw new OutgrowError("not-found", `${session.name} knows no address of ${name}.`, {
    hint: "Check target.postgres.at.host: it must be the private name of the database.",
  });
}

/** `10.116.0.2:25432 (Service default/outgrow-aaaaaaaaaaaa)` */
function doorText(task: Task): string {
  return `${task.params.source.privateAddress}:${DIAL_PORT} (${doorService(task)})`;
}

/** `Service default/outgrow-aaaaaaaaaaaa` */
export function doorService({ params, attempt }: Pick<Task, "params" | "attempt">): string {
  return `Service ${params.source.service.namespace}/${nameOf({ attempt })}`;
}

function nameOf({ attempt }: { readonly attempt: string }): string {
  return `outgrow-${attempt}`;
}

function pathOf(task: Pick<Task, "params" | "attempt">): string {
  return `/api/v1/namespaces/${task.params.source.service.namespace}/services/${nameOf(task)}`;
}
