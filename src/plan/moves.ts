import type { StepKind } from "../model/step.ts";

/** Kinds that move something; the others stand beside one of these to protect it or to prove it. */
export const MOVES: readonly StepKind[] = [
  "node-address",
  "firewall-open",
  "k3s-config",
  "node-prepare",
  "node-join",
  "node-open",
  "postgres-move",
];

/** After these the network between the hosts is another one. */
export const NETWORK_MOVES: readonly StepKind[] = ["node-address", "firewall-open", "node-join", "node-open"];
