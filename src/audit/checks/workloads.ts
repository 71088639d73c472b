import type { AuditCheck } from "../check.ts";
import { allOnOneHost } from "./workloads/all-on-one-host.ts";
import { barePod } from "./workloads/bare-pod.ts";
import { blindAutoscaler } from "./workloads/blind-autoscaler.ts";
import { hardSpread } from "./workloads/hard-spread.ts";
import { hostPort } from "./workloads/host-port.ts";
import { missingRequests } from "./workloads/missing-requests.ts";
import { mutableTag } from "./workloads/mutable-tag.ts";
import { noReadiness } from "./workloads/no-readiness.ts";
import { noSpread } from "./workloads/no-spread.ts";
import { oneHostPolicy } from "./workloads/one-host-policy.ts";
import { pinnedToHost } from "./workloads/pinned-to-host.ts";
import { singleReplica } from "./workloads/single-replica.ts";
import { slowFailover } from "./workloads/slow-failover.ts";
import { stateInPod } from "./workloads/state-in-pod.ts";
import { staysSingle } from "./workloads/stays-single.ts";
import { stopsForRollout } from "./workloads/stops-for-rollout.ts";
import { stuckDrain } from "./workloads/stuck-drain.ts";
import { webhook } from "./workloads/webhook.ts";
import { workerGrace } from "./workloads/worker-grace.ts";

export const WORKLOADS: readonly AuditCheck[] = [
  allOnOneHost,
  barePod,
  blindAutoscaler,
  hardSpread,
  hostPort,
  missingRequests,
  mutableTag,
  noReadiness,
  noSpread,
  oneHostPolicy,
  pinnedToHost,
  singleReplica,
  slowFailover,
  stateInPod,
  staysSingle,
  stopsForRollout,
  stuckDrain,
  webhook,
  workerGrace,
];
