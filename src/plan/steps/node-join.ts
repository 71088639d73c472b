import { MINUTE } from "../../model/time.ts";
import { HARMLESS, planner } from "../planner.ts";
import { joining, readTopology, topologyParts } from "../topology.ts";

export const nodeJoin = planner({
  kind: "node-join",
  read: readTopology,
  parts: topologyParts,
  steps: (topology) => {
    const { server } = topology;
    return joining(topology).map(({ name, address, interface: device }) => ({
      ...HARMLESS,
      id: `node-join/${name}`,
      kind: "node-join",
      after: [`node-prepare/${name}`, "firewall-open", "node-address", "k3s-config"],
      durationMs: 3 * MINUTE,
      params: {
        host: name,
        node: name,
        address,
        interface: device,
        server: server.name,
        serverAddress: server.address,
        version: server.version,
        resolvConf: server.resolvConf,
        loadBalancerNode: server.node.name,
      },
    }));
  },
});
