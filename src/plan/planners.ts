import type { StepPlanner } from "./planner.ts";
import { backup } from "./steps/backup.ts";
import { firewallOpen } from "./steps/firewall-open.ts";
import { k3sConfig } from "./steps/k3s-config.ts";
import { networkVerify } from "./steps/network-verify.ts";
import { nodeAddress } from "./steps/node-address.ts";
import { nodeJoin } from "./steps/node-join.ts";
import { nodeOpen } from "./steps/node-open.ts";
import { nodePrepare } from "./steps/node-prepare.ts";
import { postgresMove } from "./steps/postgres-move.ts";
import { volumesRetain } from "./steps/volumes-retain.ts";

/** A move, as a table of contents; where needs leave a choice, steps keep this order. */
export const PLANNERS: readonly StepPlanner[] = [
  volumesRetain,
  backup,
  nodeAddress,
  k3sConfig,
  nodePrepare,
  firewallOpen,
  nodeJoin,
  networkVerify,
  nodeOpen,
  postgresMove,
];
