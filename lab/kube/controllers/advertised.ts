import { edited, read } from "../object.ts";
import { add, find, list, replace, type World } from "../world.ts";

const API_SERVER = { manager: "kube-apiserver" };
const NAME = "kubernetes";

/** The API server's own EndpointSlice: where it says it is reached, as long as there is a server. */
export function advertised(world: World): void {
  const addresses = advertisedAddresses(world);
  if (addresses.length === 0) return;
  const content = {
    addressType: "IPv4",
    endpoints: [{ addresses: [...addresses], conditions: { ready: true } }],
    ports: [{ name: "https", protocol: "TCP", port: 6443 }],
  };
  const last = find(world, "endpointslices", "default", NAME);
  if (last === undefined) {
    add(
      world,
      "endpointslices",
      {
        apiVersion: "discovery.k8s.io/v1",
        kind: "EndpointSlice",
        metadata: { name: NAME, namespace: "default", labels: { "kubernetes.io/service-name": NAME } },
        ...content,
      },
      API_SERVER,
    );
    return;
  }
  replace(
    world,
    "endpointslices",
    last,
    edited(last, (draft) => Object.assign(draft, content)),
    API_SERVER,
  );
}

/** A server advertises its node's external address, else its internal one. */
export function advertisedAddresses(world: World): readonly string[] {
  return list(world, "nodes")
    .filter(({ metadata }) => metadata.labels?.["node-role.kubernetes.io/control-plane"] === "true")
    .flatMap((node) => {
      const addresses = read<readonly { type: string; address: string }[]>(node, "status", "addresses") ?? [];
      const of = (type: string) => addresses.find((each) => each.type === type)?.address;
      return of("ExternalIP") ?? of("InternalIP") ?? [];
    });
}
