import { edited, type Fields, ownerOf, read, type Stored } from "../object.ts";
import { matchesSelector } from "../selectors.ts";
import { add, CONTROLLERS, find, list, replace, type World } from "../world.ts";
import { isAvailable } from "./pods.ts";

const SERVICE_NAME = "kubernetes.io/service-name";

/** One EndpointSlice for each Service with a selector: its pods, and which of them are ready. */
export function endpoints(world: World): void {
  for (const service of list(world, "services")) {
    const labels = read<Record<string, string>>(service, "spec", "selector");
    if (labels !== undefined) slice(world, service, labels);
  }
}

function slice(world: World, service: Stored, labels: Readonly<Record<string, string>>): void {
  const { name, namespace } = service.metadata;
  const found = list(world, "pods", namespace)
    .filter((pod) => matchesSelector({ matchLabels: labels }, pod.metadata.labels ?? {}))
    .filter((pod) => read(pod, "status", "podIP") !== undefined)
    .map((pod) => endpoint(pod));
  const ports = (read<readonly Fields[]>(service, "spec", "ports") ?? []).map((port) => ({
    name: port.name ?? "",
    protocol: port.protocol,
    port: port.targetPort,
  }));
  const sliceName = `${name}-lab`;
  const last = find(world, "endpointslices", namespace, sliceName);
  const content = { addressType: "IPv4", endpoints: found, ports };
  if (last !== undefined) {
    const next = edited(last, (draft) => Object.assign(draft, content));
    replace(world, "endpointslices", last, next, CONTROLLERS);
    return;
  }
  add(world, "endpointslices", {
    apiVersion: "discovery.k8s.io/v1",
    kind: "EndpointSlice",
    metadata: {
      name: sliceName,
      ...(namespace === undefined ? {} : { namespace }),
      labels: {
        [SERVICE_NAME]: name,
        "endpointslice.kubernetes.io/managed-by": "endpointslice-controller.k8s.io",
      },
      ownerReferences: [ownerOf(service)],
    },
    ...content,
  });
}

function endpoint(pod: Stored): unknown {
  const { name, namespace, uid } = pod.metadata;
  const ready = isAvailable(pod);
  return {
    addresses: [read<string>(pod, "status", "podIP")],
    conditions: { ready, serving: ready, terminating: pod.metadata.deletionTimestamp !== undefined },
    nodeName: read<string>(pod, "spec", "nodeName"),
    targetRef: { kind: "Pod", namespace, name, uid },
  };
}
