import { MINUTE } from "../../model/time.ts";
import { HARMLESS, planner } from "../planner.ts";
import { hasOthers, type PlannedHost, readTopology, topologyParts } from "../topology.ts";

/** A node that stands under another than its private address, or whose tunnel does, once it has a neighbour. */
export const nodeAddress = planner({
  kind: "node-address",
  read: readTopology,
  parts: topologyParts,
  steps: (topology) => (hasOthers(topology) ? topology.hosts.flatMap(stepsOf) : []),
});

function stepsOf({ name, address, interface: device, node }: PlannedHost) {
  if (node === null || device === null) return [];
  const isRight = node.address === address && [address, null].includes(node.tunnelAddress);
  if (isRight) return [];
  return [
    {
      ...HARMLESS,
      id: `node-address/${name}`,
      kind: "node-address" as const,
      after: ["backup"],
      hazards: ["downtime" as const],
      pauseMs: MINUTE,
      durationMs: 3 * MINUTE,
      params: { host: name, node: node.name, address, interface: device, tlsSan: [address] },
    },
  ];
}
