import { readHostFacts } from "../../hosts/facts/readHostFacts.ts";
import type { HostSession } from "../../hosts/session.ts";
import { ask, find } from "../../kube/ask.ts";
import { OutgrowError } from "../../model/error.ts";
import { type Millis, SECOND } from "../../model/time.ts";
import { openWall, restoreWall } from "../firewall/openWall.ts";
import { readWall } from "../firewall/wall.ts";
import { mustRun } from "../mustRun.ts";
import type { StepTask } from "../stepKind.ts";
import { DIAL_PORT, servingPod } from "./reach.ts";

type Task = StepTask<"postgres-move">;

/** How long a new connection has to say that it still gets in. */
const PATIENCE: Millis = 30 * SECOND;

/**
 * While rows are copied the target dials the source: a Service of ours at the private address of the host, and
 * where a firewall drops it, a rule that lets the target in and nobody else. Both carry the attempt's name.
 */
export async function openDoor(task: Task): Promise<void> {
  const { params, world } = task;
  const path = pathOf(task);
  if ((await find(world.kube, path)) === null) {
    const { selector, targetPort } = await servingPod(params.source, world);
    await ask(world.kube, {
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
          externalIPs: [params.source.privateAddress],
        },
      },
    });
  }
  const wall = await wallTask(task);
  if (wall.params.into.kind === "chains" && wall.params.into.chains.length > 0)
    await openWall(wall, PATIENCE);
}

/** Safe to repeat, whether there is a door or not. */
export async function closeDoor(task: Task): Promise<void> {
  const { params, world } = task;
  if ((await find(world.kube, pathOf(task))) === null) return;
  const into = { kind: "chains", chains: [] } as const;
  const openings = [openingFor(["127.0.0.1"])];
  await restoreWall({
    ...task,
    params: { host: params.source.host, openings, into },
    before: { hostPorts: [] },
  });
  // Last, so that a rule is never forgotten: the Service says that there may be one.
  await ask(world.kube, { method: "DELETE", path: pathOf(task) });
}

export async function isDoorOpen(
  task: Pick<Task, "params" | "world"> & { readonly attempt: string },
): Promise<boolean> {
  return (await find(task.world.kube, pathOf(task))) !== null;
}

async function wallTask(task: Task): Promise<StepTask<"firewall-open">> {
  const { params, world } = task;
  const session = await world.host(params.source.host);
  const openings = [openingFor(await addressesOf(params.target.host, session))];
  const { value: facts } = await readHostFacts(session, world.now);
  const { dropping } = readWall(params.source.host, facts, openings);
  const chains = dropping.map(({ family, table, name }) => ({ family, table, name }));
  const into = { kind: "chains", chains } as const;
  return { ...task, params: { host: params.source.host, openings, into }, before: { hostPorts: [] } };
}

function openingFor(from: readonly string[]) {
  return { protocol: "tcp", port: DIAL_PORT, from } as const;
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

function nameOf({ attempt }: { readonly attempt: string }): string {
  return `outgrow-${attempt}`;
}

function pathOf(task: Pick<Task, "params"> & { readonly attempt: string }): string {
  return `/api/v1/namespaces/${task.params.source.service.namespace}/services/${nameOf(task)}`;
}
