import { SECOND } from "../../model/time.ts";
import { HARMLESS, planner } from "../planner.ts";
import { readTopology, topologyParts } from "../topology.ts";

export const nodeOpen = planner({
  kind: "node-open",
  read: readTopology,
  parts: topologyParts,
  steps: ({ hosts }) =>
    hosts
      .filter(({ node }) => node === null || node.isJoining)
      .map(({ name, node }) => ({
        ...HARMLESS,
        id: `node-open/${name}`,
        kind: "node-open",
        after: [`node-join/${name}`, "network-verify"],
        durationMs: SECOND,
        params: { node: node?.name ?? name },
      })),
});
