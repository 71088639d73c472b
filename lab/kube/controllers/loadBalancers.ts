import { read, type Stored } from "../object.ts";
import { list, setStatus, type World } from "../world.ts";
import { addressOf } from "./kubelets.ts";
import { isNodeReady } from "./nodes.ts";

const ENABLE = "svccontroller.k3s.cattle.io/enablelb";

/** k3s's ServiceLB: every LoadBalancer Service answers at the nodes; where one has the label, at the labelled ones only. */
export function loadBalancers(world: World): void {
  const nodes = list(world, "nodes").filter(isNodeReady);
  const labelled = nodes.filter(({ metadata }) => metadata.labels?.[ENABLE] === "true");
  const ingress = (labelled.length > 0 ? labelled : nodes).map((node) => ({
    ip: addressOf(node),
    ipMode: "VIP",
  }));
  for (const service of list(world, "services").filter(isBalanced)) {
    setStatus(world, "services", service, { loadBalancer: ingress.length === 0 ? {} : { ingress } });
  }
}

function isBalanced(service: Stored): boolean {
  return read(service, "spec", "type") === "LoadBalancer";
}
