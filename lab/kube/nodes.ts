import { createHash } from "node:crypto";
import { edited, type Fields, type Stored } from "./object.ts";
import { refusal } from "./refusal.ts";
import { add, CONTROLLERS, find, KUBELET, replace, setStatus, timeText, type World } from "./world.ts";

/** What a kubelet says of itself when it comes. */
export interface NodeRegistration {
  readonly name: string;
  /** `InternalIP`, and flannel's public-ip unless that is given. */
  readonly address: string;
  /** `v1.36.2+k3s1` */
  readonly version: string;
  readonly role?: "server" | "agent";
  readonly externalAddress?: string;
  readonly flannelAddress?: string;
  readonly labels?: Readonly<Record<string, string>>;
  readonly annotations?: Readonly<Record<string, string>>;
  readonly taints?: readonly { readonly key: string; readonly value?: string; readonly effect: string }[];
  readonly cpus?: number;
  readonly memoryKi?: number;
  /** `/etc/rancher/node/password`: checked against the one the name came with before. */
  readonly password?: string;
  readonly isReady?: boolean;
}

/** Registers a node or renews it. Labels and taints count at the first time only, as with k3s. */
export function registerNode(world: World, node: NodeRegistration): Stored {
  checkPassword(world, node);
  const last = find(world, "nodes", undefined, node.name);
  const kept = last === undefined ? create(world, node) : renew(world, last, node);
  setStatus(world, "nodes", kept, statusOf(world, node, kept), KUBELET);
  return find(world, "nodes", undefined, node.name) ?? kept;
}

const CHECKED =
  "Node password rejected, duplicate hostname or contents of '/etc/rancher/node/password' may not match server node-passwd entry, try enabling a unique node name with the --with-node-id flag";

/** k3s keeps a hash of each node's password in a Secret; who comes under a known name with another is refused. */
function checkPassword(world: World, { name, password }: NodeRegistration): void {
  if (password === undefined) return;
  const secret = `${name}.node-password.k3s`;
  const hash = createHash("sha256").update(password).digest("base64");
  const known = find(world, "secrets", "kube-system", secret);
  if (known === undefined) {
    const metadata = { name: secret, namespace: "kube-system" };
    add(world, "secrets", { apiVersion: "v1", kind: "Secret", metadata, type: "Opaque", data: { hash } });
  } else if ((known.data as Fields).hash !== hash) throw refusal(403, "Forbidden", CHECKED);
}

function create(world: World, node: NodeRegistration): Stored {
  const { name, address, role, flannelAddress = address, externalAddress, taints } = node;
  return add(
    world,
    "nodes",
    {
      apiVersion: "v1",
      kind: "Node",
      metadata: {
        name,
        labels: {
          "kubernetes.io/arch": "amd64",
          "kubernetes.io/hostname": name,
          "kubernetes.io/os": "linux",
          ...(role === "agent" ? {} : { "node-role.kubernetes.io/control-plane": "true" }),
          "node.kubernetes.io/instance-type": "k3s",
          ...node.labels,
        },
        annotations: {
          "flannel.alpha.coreos.com/backend-type": "vxlan",
          "flannel.alpha.coreos.com/public-ip": flannelAddress,
          ...(externalAddress === undefined ? {} : { "k3s.io/external-ip": externalAddress }),
          ...node.annotations,
        },
      },
      spec: taints === undefined ? {} : { taints: [...taints] },
    },
    { manager: "k3s" },
  );
}

function renew(
  world: World,
  last: Stored,
  { address, flannelAddress = address, annotations }: NodeRegistration,
): Stored {
  const next = edited(last, ({ metadata }) => {
    metadata.annotations = {
      ...metadata.annotations,
      "flannel.alpha.coreos.com/public-ip": flannelAddress,
      ...annotations,
    };
  });
  return replace(world, "nodes", last, next, { manager: "k3s" });
}

function statusOf(world: World, node: NodeRegistration, last: Stored): Fields {
  const { name, address, externalAddress, cpus = 2, memoryKi = 2_015_432 } = node;
  const resources = {
    cpu: String(cpus),
    "ephemeral-storage": "60795672Ki",
    memory: `${memoryKi}Ki`,
    pods: "110",
  };
  return {
    capacity: resources,
    allocatable: resources,
    conditions: [readiness(world, last, node.isReady !== false)],
    addresses: [
      { type: "InternalIP", address },
      ...(externalAddress === undefined ? [] : [{ type: "ExternalIP", address: externalAddress }]),
      { type: "Hostname", address: name },
    ],
    daemonEndpoints: { kubeletEndpoint: { Port: 10250 } },
    nodeInfo: {
      machineID: `m${name}`,
      systemUUID: `s${name}`,
      bootID: `b${name}`,
      kernelVersion: "6.8.0-71-generic",
      osImage: "Ubuntu 24.04.3 LTS",
      containerRuntimeVersion: "containerd://2.1.4-k3s1",
      kubeletVersion: node.version,
      kubeProxyVersion: "",
      operatingSystem: "linux",
      architecture: "amd64",
    },
  };
}

interface Readiness {
  readonly type: string;
  readonly status: string;
  readonly lastHeartbeatTime: string;
  readonly lastTransitionTime: string;
}

function readiness(world: World, last: Stored, isReady: boolean): unknown {
  const time = timeText(world.now());
  const before = ((last.status as Fields | undefined)?.conditions as readonly Readiness[] | undefined)?.[0];
  const status = isReady ? "True" : "Unknown";
  return {
    type: "Ready",
    status,
    lastHeartbeatTime: time,
    lastTransitionTime: before?.status === status ? before.lastTransitionTime : time,
    reason: isReady ? "KubeletReady" : "NodeStatusUnknown",
    message: isReady ? "kubelet is posting ready status" : "Kubelet stopped posting node status.",
  };
}

/** The node's machine answers, or no longer. */
export function setNodeReady(world: World, name: string, isReady: boolean): void {
  const node = find(world, "nodes", undefined, name);
  if (node === undefined) throw refusal(404, "NotFound", `nodes "${name}" not found`);
  const status = { ...(node.status as Fields), conditions: [readiness(world, node, isReady)] };
  setStatus(world, "nodes", node, status, isReady ? KUBELET : { ...CONTROLLERS, subresource: "status" });
}
