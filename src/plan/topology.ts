import { type HostView, viewHosts } from "../audit/view/hosts.ts";
import { field } from "../audit/view/kube.ts";
import { type NodeView, viewNodes } from "../audit/view/nodes.ts";
import { settingsNamed } from "../audit/view/settings.ts";
import type { HostSettings } from "../config/config.ts";
import { OutgrowError } from "../model/error.ts";
import { JOINING_TAINT } from "../model/steps/node-open.ts";
import type { PlanInput } from "./planner.ts";

/** The hosts there are and are to be, with the nodes they have become. */
export interface Topology {
  readonly server: ServerHost;
  readonly hosts: readonly PlannedHost[];
}

export interface PlannedHost {
  readonly name: string;
  readonly role: "server" | "agent";
  /** Reached by an `ssh` of its own, or only through the server. */
  readonly hasWay: boolean;
  readonly address: string;
  /** `null`: the host was not read, since it has not been built. */
  readonly interface: string | null;
  /** The node it has become; `null`: it has not joined. */
  readonly node: PlannedNode | null;
}

export interface ServerHost extends PlannedHost {
  readonly interface: string;
  readonly node: PlannedNode;
  readonly version: string;
  /** The kubelet's own resolver file. */
  readonly resolvConf: string | null;
}

export interface PlannedNode {
  readonly name: string;
  readonly address: string | null;
  /** Where flannel sends other nodes. */
  readonly tunnelAddress: string | null;
  readonly isJoining: boolean;
}

/** Throws `config` or `no-data`, with the key or the reading that is missing. */
export function readTopology(input: PlanInput): Topology {
  const { config } = input;
  const settings = [...config.hosts, ...(config.target?.hosts ?? [])];
  const hosts = settings.map((each) => hostOf(each, input));
  const server = hosts.find(({ role }) => role === "server");
  if (server === undefined) {
    throw new OutgrowError("config", "hosts names no server.", {
      hint: "Write hosts: { glaze-prod: { role: server, ssh: root@glaze-prod, privateAddress: 10.116.0.2 } }.",
    });
  }
  return { server: serverOf(server, input), hosts };
}

/** Parts of the basis: one a host. */
export function topologyParts({ server, hosts }: Topology): Readonly<Record<string, unknown>> {
  return Object.fromEntries(
    hosts.map((host) => [`host ${host.name}`, host.name === server.name ? server : host]),
  );
}

/** A single host needs none of the steps that let two of them be one cluster. */
export function hasOthers({ hosts }: Topology): boolean {
  return hosts.length > 1;
}

/** Those that are no part of the cluster yet. */
export function joining({ hosts }: Topology): readonly PlannedHost[] {
  return hosts.filter(({ node }) => node === null);
}

function hostOf(settings: HostSettings, input: PlanInput): PlannedHost {
  const { name, role, ssh } = settings;
  const view = viewHosts(input.context).find((host) => host.name === name);
  const node = viewNodes(input.context).find((each) => each.host?.name === name || each.name === name);
  if (view === undefined && node !== undefined) throw unread(name, input);
  return {
    name,
    role,
    hasWay: ssh !== null,
    address: addressOf(settings, view, input),
    interface: view?.privateAddress?.interface ?? null,
    node: node === undefined ? null : nodeOf(node),
  };
}

function addressOf(
  { name, privateAddress }: HostSettings,
  view: HostView | undefined,
  { config }: PlanInput,
) {
  const address = privateAddress ?? view?.privateAddress?.address;
  if (address !== undefined) return address;
  const key = config.hosts.some((host) => host.name === name) ? "hosts" : "target.hosts";
  throw new OutgrowError("config", `${key}.${name}.privateAddress is needed: no private address was found.`, {
    hint: `Write ${key}: { ${name}: { role: …, privateAddress: 10.116.0.3 } }.`,
  });
}

function nodeOf({ name, internalAddress, object }: NodeView): PlannedNode {
  const taints = field(object, "spec", "taints");
  return {
    name,
    address: internalAddress,
    tunnelAddress: object.metadata.annotations?.[TUNNEL_ADDRESS] ?? null,
    isJoining: Array.isArray(taints) && taints.some((taint) => field(taint, "key") === JOINING_TAINT.key),
  };
}

const TUNNEL_ADDRESS = "flannel.alpha.coreos.com/public-ip";

function serverOf(host: PlannedHost, input: PlanInput): ServerHost {
  const node = viewNodes(input.context).find((each) => each.name === host.node?.name);
  const { interface: device } = host;
  if (host.node === null || node?.version == null || device === null) throw unread(host.name, input);
  const [resolver] = settingsNamed(input.context, "resolv-conf").filter(
    (setting) => setting.host === host.name,
  );
  return {
    ...host,
    node: host.node,
    interface: device,
    version: node.version,
    resolvConf: resolver?.value ?? null,
  };
}

function unread(name: string, { context }: PlanInput): OutgrowError {
  const lost = context.facts.gaps.filter(({ reason }) => reason !== "absent");
  const gap =
    lost.find(({ area }) => area === `hosts/${name}`) ?? lost.find(({ area }) => area === "cluster");
  const isNode = context.cluster.of("Node").some(({ metadata }) => metadata.name === name);
  return new OutgrowError("no-data", `Nothing can be planned without the facts of ${name}.`, {
    hint:
      gap !== undefined
        ? `${gap.area}: ${gap.message}`
        : isNode
          ? `Its facts lack its private address, or its version: outgrow facts shows them.`
          : `The cluster has no node that is ${name}: name the host in outgrow.yaml as its node is named.`,
  });
}
