import { MINUTE } from "../../model/time.ts";
import { HARMLESS, planner } from "../planner.ts";
import { joining, readTopology, topologyParts } from "../topology.ts";

export const nodePrepare = planner({
  kind: "node-prepare",
  read: readTopology,
  parts: topologyParts,
  steps: (topology) =>
    joining(topology).map(({ name, address, hasWay }) => ({
      ...HARMLESS,
      id: `node-prepare/${name}`,
      kind: "node-prepare",
      after: ["backup"],
      durationMs: 2 * MINUTE,
      params: {
        host: name,
        like: topology.server.name,
        address,
        way: hasWay ? "direct" : { through: topology.server.name },
      },
    })),
});
