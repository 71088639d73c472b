import type { StepKind } from "../model/step.ts";
import type { StepHandler } from "./stepKind.ts";
import { backup } from "./steps/backup.ts";
import { firewallOpen } from "./steps/firewall-open.ts";
import { k3sConfig } from "./steps/k3s-config.ts";
import { networkVerify } from "./steps/network-verify.ts";
import { nodeAddress } from "./steps/node-address.ts";
import { nodeJoin } from "./steps/node-join.ts";
import { nodeOpen } from "./steps/node-open.ts";
import { nodePrepare } from "./steps/node-prepare.ts";
import { postgresFinish } from "./steps/postgres-finish.ts";
import { postgresMove } from "./steps/postgres-move.ts";
import { volumesRetain } from "./steps/volumes-retain.ts";

/** How each kind of step is done; a kind without a handler does not compile. */
export const HANDLERS = {
  "volumes-retain": volumesRetain,
  backup,
  "node-address": nodeAddress,
  "firewall-open": firewallOpen,
  "k3s-config": k3sConfig,
  "node-prepare": nodePrepare,
  "node-join": nodeJoin,
  "network-verify": networkVerify,
  "node-open": nodeOpen,
  "postgres-move": postgresMove,
  "postgres-finish": postgresFinish,
} as const satisfies Handlers;

/** The table as the executor is given it; tests give it their own. */
export type Handlers = { readonly [K in StepKind]: StepHandler<K> };
