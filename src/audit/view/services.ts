import type { KubeObject } from "../../model/facts.ts";
import type { ClusterView } from "./cluster.ts";
import { field } from "./kube.ts";

/** One port of a Service. */
export interface ServicePort {
  readonly service: KubeObject;
  readonly protocol: "tcp" | "udp";
  readonly port: number;
  readonly nodePort: number | null;
  /** The container's port; a name's number is not known. */
  readonly targetPort: number;
}

export function loadBalancers(cluster: ClusterView): readonly KubeObject[] {
  return cluster.of("Service").filter((service) => typeOf(service) === "LoadBalancer");
}

export function typeOf(service: KubeObject): string {
  return String(field(service, "spec", "type") ?? "ClusterIP");
}

export function portsOf(service: KubeObject): readonly ServicePort[] {
  const ports = field(service, "spec", "ports");
  if (!Array.isArray(ports)) return [];
  return ports.flatMap((each: unknown) => {
    const port = field(each, "port");
    const nodePort = field(each, "nodePort");
    const targetPort = field(each, "targetPort");
    if (typeof port !== "number") return [];
    return [
      {
        service,
        protocol: String(field(each, "protocol") ?? "TCP").toLowerCase() === "udp" ? "udp" : "tcp",
        port,
        nodePort: typeof nodePort === "number" ? nodePort : null,
        targetPort: typeof targetPort === "number" ? targetPort : port,
      } as const,
    ];
  });
}

/** The addresses at which the outside finds it now. */
export function ingressAddresses(service: KubeObject): readonly string[] {
  const ingress = field(service, "status", "loadBalancer", "ingress");
  if (!Array.isArray(ingress)) return [];
  return ingress.flatMap((each: unknown) => {
    const address = field(each, "ip") ?? field(each, "hostname");
    return typeof address === "string" ? [address] : [];
  });
}
