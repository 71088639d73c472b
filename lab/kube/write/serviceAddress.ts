import { type Fields, read, type Stored } from "../object.ts";
import { builtIn } from "../resources.ts";
import type { Store } from "../store.ts";
import { setDefaults } from "./podDefaults.ts";

const FIRST_NODE_PORT = 30_000;

/** Gives a Service its ClusterIP out of 10.43.0.0/16 and, where its type has them, node ports. */
export function admitService(service: Stored, store: Store): void {
  const spec = service.spec as Fields;
  if (spec.type === "ExternalName") return;
  const others = store.list(builtIn("services"));
  if (spec.clusterIP === undefined || spec.clusterIP === "") spec.clusterIP = freeAddress(others);
  setDefaults(spec, {
    clusterIPs: [spec.clusterIP],
    ipFamilies: ["IPv4"],
    ipFamilyPolicy: "SingleStack",
  });
  const hasNodePorts =
    spec.type === "NodePort" ||
    (spec.type === "LoadBalancer" && spec.allocateLoadBalancerNodePorts !== false);
  if (!hasNodePorts) return;
  const used = new Set(others.flatMap(nodePorts));
  for (const port of (spec.ports ?? []) as Fields[]) {
    if (port.nodePort === undefined) port.nodePort = firstFree(FIRST_NODE_PORT, used);
    used.add(port.nodePort as number);
  }
}

function freeAddress(services: readonly Stored[]): string {
  const used = new Set(services.map(({ spec }) => read<string>(spec, "clusterIP")));
  for (let number = 2; ; number++) {
    const address = `10.43.${number >> 8}.${number & 255}`;
    if (!used.has(address)) return address;
  }
}

function nodePorts({ spec }: Stored): readonly number[] {
  const ports = read<readonly { nodePort?: number }[]>(spec, "ports") ?? [];
  return ports.flatMap(({ nodePort }) => nodePort ?? []);
}

function firstFree(from: number, used: ReadonlySet<number>): number {
  let port = from;
  while (used.has(port)) port++;
  return port;
}
