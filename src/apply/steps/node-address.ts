import { putFile } from "../../hosts/keptFile.ts";
import type { HostSession } from "../../hosts/session.ts";
import { ask } from "../../kube/ask.ts";
import { waitUntil } from "../../kube/wait.ts";
import { OutgrowError } from "../../model/error.ts";
import type { K3sSetting } from "../../model/hostFacts.ts";
import type { ParamsOf } from "../../model/step.ts";
import { MINUTE } from "../../model/time.ts";
import { dropIn, dropInPath, outOfReach, valuesOf } from "../k3s/dropIn.ts";
import {
  findNode,
  internalAddress,
  type NodeObject,
  nodePath,
  setLabels,
  tunnelAddress,
} from "../k3s/node.ts";
import { oweRestart, owesRestart, restartServer, takeAway, waiting } from "../k3s/service.ts";
import { settingsOf } from "../k3s/settingsOf.ts";
import { mustRun } from "../mustRun.ts";
import type { ProbeTask, StepHandler, StepTask } from "../stepKind.ts";
import type { World } from "../world.ts";

type Kind = "node-address";

const NAME = "address";

/**
 * The server stands under its private address. Both keys are needed: flannel takes the interface of the default route
 * even when `node-ip` is set. https://github.com/k3s-io/k3s/issues/1824
 */
export const nodeAddress: StepHandler<Kind> = {
  describe: ({ params: { node, address, interface: device } }) =>
    `${node} speaks from ${address} on ${device}; the API restarts`,
  probe,
  run: async (task) => {
    const { params, attempt, world, say } = task;
    const session = await world.host(params.host);
    await mustRun(session, oweRestart());
    await mustRun(session, putFile(attempt, dropIn(NAME, wanted(params))));
    await restartServer(session, world, say);
    await untilItStands(task, session, params.address);
  },
  verify: async ({ params, world }) => {
    const session = await world.host(params.host);
    const wrong =
      wrongIn(params, await settingsOf(session, world)) ??
      wrongOf(params.address, await findNode(world, params.node));
    if (wrong !== null) throw new OutgrowError("verify", `${params.node}: ${wrong}.`);
    return {};
  },
  undo: async (task) => {
    const { params, before, world } = task;
    const session = await world.host(params.host);
    await takeAway(session, task, dropInPath(NAME));
    if (before.address !== null) await untilItStands(task, session, before.address);
  },
};

async function probe({ params, world }: ProbeTask<Kind>) {
  const session = await world.host(params.host);
  const settings = await settingsOf(session, world);
  const node = await findNode(world, params.node);
  if (node === null) {
    return {
      state: "blocked" as const,
      why: `There is no node ${params.node}.`,
      fix: "kubectl get nodes shows its name: the plan needs that one.",
    };
  }
  const [fixed] = ["node-ip", "flannel-iface"].flatMap((key) => outOfReach(settings, key));
  if (fixed !== undefined && wrongIn(params, settings) !== null) {
    return {
      state: "blocked" as const,
      why: `${fixed.from.file} on ${params.host} gives k3s ${fixed.key}=${fixed.values.join(",")} on its command line, which no configuration file can replace.`,
      fix: `Take it out of ${fixed.from.file}, then systemctl daemon-reload.`,
    };
  }
  const isDone =
    wrongIn(params, settings) === null &&
    wrongOf(params.address, node) === null &&
    !(await owesRestart(session));
  if (isDone) return { state: "done" as const, outputs: {} };
  const { labels = {} } = node.metadata;
  return {
    state: "todo" as const,
    before: { address: internalAddress(node), labels, taints: node.spec.taints ?? [] },
  };
}

function wanted({ address, interface: device, tlsSan }: ParamsOf<Kind>): Readonly<Record<string, unknown>> {
  return { "node-ip": [address], "flannel-iface": device, "tls-san+": tlsSan };
}

function wrongIn(
  { address, interface: device, tlsSan }: ParamsOf<Kind>,
  settings: readonly K3sSetting[],
): string | null {
  const addresses = valuesOf(settings, "node-ip").flatMap((value) => value.split(","));
  if (addresses.length !== 1 || addresses[0] !== address) return `k3s's node-ip is not ${address}`;
  if (valuesOf(settings, "flannel-iface").at(-1) !== device) return `k3s's flannel-iface is not ${device}`;
  const names = valuesOf(settings, "tls-san").flatMap((value) => value.split(","));
  const missing = tlsSan.find((name) => !names.includes(name));
  return missing === undefined ? null : `k3s's tls-san does not name ${missing}`;
}

function wrongOf(address: string, node: NodeObject | null): string | null {
  if (node === null) return "the node is not registered";
  if (internalAddress(node) !== address)
    return `its InternalIP is ${internalAddress(node) ?? "missing"}, not ${address}`;
  const tunnel = tunnelAddress(node);
  return tunnel === null || tunnel === address
    ? null
    : `flannel sends its pods' packets to ${tunnel}, not to ${address}`;
}

/**
 * Kubernetes does not promise that a node's address can change. Where it did not, the node registers anew: what it
 * was labelled with comes back, and pods stay what they are, on the same host. https://github.com/k3s-io/k3s/issues/5880
 */
async function untilItStands(task: StepTask<Kind>, session: HostSession, address: string): Promise<void> {
  const { params, world, say } = task;
  const look = async () => wrongOf(address, await findNode(world, params.node));
  try {
    await waitUntil(waiting(world, say, MINUTE), look);
  } catch (error) {
    if (!(error instanceof OutgrowError) || error.code !== "timeout") throw error;
    say(`registering ${params.node} anew, since ${await look()}`);
    await world.kube.request({ method: "DELETE", path: nodePath(params.node) });
    await restartServer(session, world, say);
    await waitUntil(waiting(world, say, 2 * MINUTE), look);
  }
  await giveBack(task);
  await restartLoadBalancers(world, params.node);
}

async function giveBack({ params, before, world }: StepTask<Kind>): Promise<void> {
  const node = await findNode(world, params.node);
  const missing = Object.entries(before.labels).filter(([key]) => node?.metadata.labels?.[key] === undefined);
  if (missing.length > 0) await setLabels(world, params.node, Object.fromEntries(missing));
  if (before.taints.length === 0 || (node?.spec.taints ?? []).length > 0) return;
  await ask(world.kube, {
    method: "PATCH",
    path: nodePath(params.node),
    contentType: "application/merge-patch+json",
    body: { spec: { taints: before.taints } },
  });
}

interface PodList {
  readonly items: readonly {
    readonly metadata: { readonly name: string };
    readonly spec: { readonly nodeName?: string };
  }[];
}

/** ServiceLB's pods know the old address until they start again. https://github.com/k3s-io/k3s/issues/7036 */
async function restartLoadBalancers({ kube }: World, node: string): Promise<void> {
  const path = "/api/v1/namespaces/kube-system/pods";
  const { items } = await ask<PodList>(kube, {
    method: "GET",
    path: `${path}?labelSelector=svccontroller.k3s.cattle.io/svcname`,
  });
  for (const { metadata, spec } of items) {
    if (spec.nodeName === node) await kube.request({ method: "DELETE", path: `${path}/${metadata.name}` });
  }
}
