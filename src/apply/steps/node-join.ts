import { readHostFacts } from "../../hosts/facts/readHostFacts.ts";
import { putFile, restoreFile } from "../../hosts/keptFile.ts";
import type { HostSession } from "../../hosts/session.ts";
import { ask } from "../../kube/ask.ts";
import { waitUntil } from "../../kube/wait.ts";
import { OutgrowError } from "../../model/error.ts";
import type { HostFacts } from "../../model/hostFacts.ts";
import type { ParamsOf } from "../../model/step.ts";
import { MINUTE } from "../../model/time.ts";
import { agentFiles, CONFIG, K3S, TOKEN, UNIT } from "../join/agentFiles.ts";
import { createToken, revokeTokens, tokensOf } from "../join/bootstrapToken.ts";
import { joinFailure, networkFailure } from "../join/joinFailure.ts";
import { drain, forgetPassword, keepTableNames, removeAgent } from "../join/leave.ts";
import { copyProgram, NEW, programVersion } from "../join/program.ts";
import { lookAtWay } from "../join/way.ts";
import {
  findNode,
  internalAddress,
  isReady,
  nodePath,
  removeObject,
  setLabels,
  tunnelAddress,
} from "../k3s/node.ts";
import { waiting } from "../k3s/service.ts";
import { mustRun } from "../mustRun.ts";
import type { Probe, ProbeTask, StepHandler, StepTask } from "../stepKind.ts";
import type { World } from "../world.ts";

type Kind = "node-join";
type Params = ParamsOf<Kind>;

/** Before the join the first node alone is allowed to take the public ports. https://docs.k3s.io/networking/networking-services */
const LOAD_BALANCER = "svccontroller.k3s.cattle.io/enablelb";

export const nodeJoin: StepHandler<Kind> = {
  describe: ({ params: { node, version } }) =>
    `${node} joins with k3s ${version}, closed to pods until its network is proved`,
  probe,
  run: async (task) => {
    const { params, attempt, world } = task;
    const [host, server] = [await world.host(params.host), await world.host(params.server)];
    const { value: facts } = await readHostFacts(host, world.now);
    if (!(await isJoined(task, facts))) await join(task, host, server);
    await revokeTokens(world, attempt);
  },
  verify: async ({ params, world }) => {
    const wrong = await wrongOf(params, world);
    if (wrong !== null) throw new OutgrowError("verify", `${params.node}: ${wrong}.`);
    return { node: params.node };
  },
  undo,
};

async function join(
  { params, attempt, world, say }: StepTask<Kind>,
  host: HostSession,
  server: HostSession,
): Promise<void> {
  await setLabels(world, params.loadBalancerNode, { [LOAD_BALANCER]: "true" });
  await mustRun(host, keepTableNames(attempt));
  await copyProgram(server, host, say);
  const device = params.interface ?? (await deviceOf(host, world, params.address));
  const token = await createToken(server, attempt);
  for (const file of agentFiles(params, device, token)) await mustRun(host, putFile(attempt, file));
  // What an undo that was cut off has left of the node looks as if it had joined: it registers anew.
  if (await isClosed(params, world)) await removeObject(world, nodePath(params.node));
  await mustRun(host, START);
  await untilJoined(params, host, world, say);
}

async function probe(task: ProbeTask<Kind>): Promise<Probe<Kind>> {
  const { params, world, attempt } = task;
  const server = await ask<{ readonly gitVersion: string }>(world.kube, { method: "GET", path: "/version" });
  if (server.gitVersion !== params.version) {
    return {
      state: "blocked",
      why: `The server runs ${server.gitVersion} by now; the plan is for ${params.version}.`,
      fix: "Make a new plan: outgrow plan --out plan.json",
    };
  }
  const { value: facts } = await readHostFacts(await world.host(params.host), world.now);
  const leftTokens = attempt === null ? [] : await tokensOf(world, attempt);
  if (leftTokens.length === 0 && (await isJoined(task, facts)))
    return { state: "done", outputs: { node: params.node } };
  if (attempt === null && facts.k3s !== null) {
    return {
      state: "blocked",
      why: `${params.host} has a k3s ${facts.k3s.role} already, and it is not the node ${params.node} of this cluster.`,
      fix: `Take it off first: k3s-agent-uninstall.sh on ${params.host}, or name another host.`,
    };
  }
  if (attempt === null && (await findNode(world, params.node)) !== null) {
    return {
      state: "blocked",
      why: `The cluster has a node ${params.node} already, and it is not ${params.host}.`,
      fix: `If that host is gone: kubectl delete node ${params.node}; kubectl -n kube-system delete secret ${params.node}.node-password.k3s`,
    };
  }
  const program = await programVersion(await world.host(params.server));
  if (program !== params.version) {
    return {
      state: "blocked",
      why: `The k3s program on ${params.server} is ${program}, and the server that runs there is ${params.version}: it was replaced and not started anew.`,
      fix: `Restart it and make a new plan: systemctl restart k3s on ${params.server}, then outgrow plan --out plan.json; or put the program of ${params.version} back.`,
    };
  }
  const first = await findNode(world, params.loadBalancerNode);
  const hadLoadBalancerLabel = first?.metadata.labels?.[LOAD_BALANCER] !== undefined;
  return { state: "todo", before: { hadK3s: facts.k3s !== null, hadLoadBalancerLabel } };
}

const START = {
  words: [
    "sh",
    "-c",
    "systemctl daemon-reload && systemctl enable --quiet k3s-agent && systemctl restart k3s-agent",
  ],
  effect: "changes",
  timeoutMs: 2 * MINUTE,
} as const;

async function deviceOf(session: HostSession, world: World, address: string): Promise<string> {
  const { value } = await readHostFacts(session, world.now);
  const own = value.addresses.find((each) => each.address === address);
  if (own !== undefined) return own.interface;
  throw new OutgrowError("config", `${session.name} does not have the address ${address}.`, {
    hint: `Correct target.hosts.${session.name}.privateAddress in outgrow.yaml: it has ${value.addresses.map((each) => `${each.address} on ${each.interface}`).join(", ")}.`,
  });
}

/** A cause that k3s itself would try on for ever is told after it was seen a few times in a row. */
const OFTEN_ENOUGH = 10;

async function untilJoined(
  params: Params,
  host: HostSession,
  world: World,
  say: (text: string) => void,
): Promise<void> {
  let seen = 0;
  await waitUntil(waiting(world, say, 5 * MINUTE), async () => {
    const wrong = await wrongOf(params, world);
    if (wrong === null) return null;
    const log = await newestLog(host);
    const failure = joinFailure(log, params);
    seen = failure === null ? 0 : seen + 1;
    if (failure !== null && seen >= OFTEN_ENOUGH)
      throw networkFailure(log, params, await lookAtWay(host, world, params)) ?? failure;
    return failure?.message ?? `${params.node}: ${wrong}`;
  });
}

/** Of this start of the unit alone: an older failure is mended by now. */
async function newestLog(host: HostSession): Promise<string> {
  const script = `journalctl --no-pager --output cat --lines 20 "_SYSTEMD_INVOCATION_ID=$(systemctl show --property InvocationID --value k3s-agent)"`;
  return (await host.run({ words: ["sh", "-c", script], effect: "reads" })).stdout;
}

/** What an undo that was cut off has left of the node looks joined too. */
async function isJoined({ params, attempt, world }: ProbeTask<Kind>, { k3s }: HostFacts): Promise<boolean> {
  if (k3s === null || (attempt !== null && (await isClosed(params, world)))) return false;
  return (await wrongOf(params, world)) === null;
}

async function wrongOf({ node: name, address, version }: Params, world: World): Promise<string | null> {
  const node = await findNode(world, name);
  if (node === null) return "it has not registered";
  if (internalAddress(node) !== address)
    return `its InternalIP is ${internalAddress(node) ?? "missing"}, not ${address}`;
  const tunnel = tunnelAddress(node);
  if (tunnel !== null && tunnel !== address)
    return `flannel sends its pods' packets to ${tunnel}, not to ${address}`;
  const running = node.status?.nodeInfo?.kubeletVersion;
  if (running !== undefined && running !== version) return `it runs ${running}, not ${version}`;
  return isReady(node) ? null : "it is not Ready";
}

/** Closed to new pods, as a node is that is about to leave. */
async function isClosed({ node: name }: Params, world: World): Promise<boolean> {
  return (await findNode(world, name))?.spec.unschedulable === true;
}

/** Takes the node off the cluster, and the host back to what it was. */
async function undo({ params, before, attempt, world, say }: StepTask<Kind>): Promise<void> {
  await drain(world, params.node, say);
  const host = await world.host(params.host);
  await mustRun(host, removeAgent(attempt));
  for (const path of [UNIT, CONFIG, TOKEN]) await mustRun(host, restoreFile(attempt, path));
  if (!before.hadK3s) await mustRun(host, { words: ["rm", "-f", K3S, NEW], effect: "changes" });
  await mustRun(host, { words: ["systemctl", "daemon-reload"], effect: "changes" });
  await removeObject(world, nodePath(params.node));
  await removeObject(world, `/api/v1/namespaces/kube-system/secrets/${params.node}.node-password.k3s`);
  await mustRun(host, forgetPassword());
  await revokeTokens(world, attempt);
  if (!before.hadLoadBalancerLabel)
    await setLabels(world, params.loadBalancerNode, { [LOAD_BALANCER]: null });
}
