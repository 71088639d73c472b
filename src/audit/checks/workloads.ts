import type { AuditCheck } from "../check.ts";
import { allOnOneHost } from "./workloads/all-on-one-host.ts";
import { barePod } from "./workloads/bare-pod.ts";
import { blindAutoscaler } from "./workloads/blind-autoscaler.ts";
import { guardingWebhook } from "./workloads/guarding-webhook.ts";
import { hardSpread } from "./workloads/hard-spread.ts";
import { hostPort } from "./workloads/host-port.ts";
import { missingRequests } from "./workloads/missing-requests.ts";
import { noReadiness } from "./workloads/no-readiness.ts";
import { noSpread } from "./workloads/no-spread.ts";
import { pinnedToHost } from "./workloads/pinned-to-host.ts";
import { singleReplica } from "./workloads/single-replica.ts";
import { slowFailover } from "./workloads/slow-failover.ts";
import { stateInPod } from "./workloads/state-in-pod.ts";
import { staysSingle } from "./workloads/stays-single.ts";
import { stopsForRollout } from "./workloads/stops-for-rollout.ts";
import { stuckDrain } from "./workloads/stuck-drain.ts";
import { workerGrace } from "./workloads/worker-grace.ts";

export const WORKLOADS: readonly AuditCheck[] = [
  allOnOneHost,
  barePod,
  blindAutoscaler,
  guardingWebhook,
  hardSpread,
  hostPort,
  missingRequests,
  noReadiness,
  noSpread,
  pinnedToHost,
  singleReplica,
  slowFailover,
  stateInPod,
  staysSingle,
  stopsForRollout,
  stuckDrain,
  workerGrace,
];
