import { MINUTE } from "../../model/time.ts";
import { MOVES } from "../moves.ts";
import { HARMLESS, planner } from "../planner.ts";
import { readTopology, topologyParts } from "../topology.ts";

/** Before anything moves. */
export const backup = planner({
  kind: "backup",
  onlyWith: MOVES,
  read: readTopology,
  parts: topologyParts,
  steps: ({ server, hosts }) => [
    {
      ...HARMLESS,
      id: "backup",
      kind: "backup",
      after: ["volumes-retain"],
      durationMs: MINUTE,
      undo: { kind: "none" },
      params: {
        server: server.name,
        hosts: hosts.filter(({ node }) => node !== null).map(({ name }) => name),
      },
    },
  ],
});
