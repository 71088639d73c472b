import { MINUTE } from "../../model/time.ts";
import { NETWORK_MOVES } from "../moves.ts";
import { HARMLESS, planner } from "../planner.ts";
import { hasOthers, readTopology, topologyParts } from "../topology.ts";

/** Whenever the network between the hosts has become another one, and before anything is placed on a new node. */
export const networkVerify = planner({
  kind: "network-verify",
  onlyWith: NETWORK_MOVES,
  read: readTopology,
  parts: topologyParts,
  steps: (topology) =>
    hasOthers(topology)
      ? [
          {
            ...HARMLESS,
            id: "network-verify",
            kind: "network-verify",
            after: ["node-join", "firewall-open", "node-address", "k3s-config"],
            durationMs: MINUTE,
            undo: { kind: "none" },
            params: {
              nodes: topology.hosts.map(({ name, node, address }) => ({
                name: node?.name ?? name,
                host: name,
                address,
              })),
            },
          },
        ]
      : [],
});
