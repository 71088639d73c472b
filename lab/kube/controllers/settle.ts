import type { World } from "../world.ts";
import { advertised } from "./advertised.ts";
import { autoscalers } from "./autoscalers.ts";
import { budgets } from "./budgets.ts";
import { claims } from "./claims.ts";
import { daemonSets } from "./daemonSets.ts";
import { definitions } from "./definitions.ts";
import { deployments } from "./deployments.ts";
import { endpoints } from "./endpoints.ts";
import { garbage } from "./garbage.ts";
import { jobs } from "./jobs.ts";
import { kubelets } from "./kubelets.ts";
import { loadBalancers } from "./loadBalancers.ts";
import { namespaces } from "./namespaces.ts";
import { nodes } from "./nodes.ts";
import { replicaSets } from "./replicaSets.ts";
import { scheduler } from "./scheduler.ts";
import { statefulSets } from "./statefulSets.ts";
import { volumes } from "./volumes.ts";

/** Brings one kind of thing a step nearer to what is wanted; does nothing when it is there. */
export type Controller = (world: World) => void;

const CONTROLLERS: readonly Controller[] = [
  nodes,
  namespaces,
  definitions,
  garbage,
  deployments,
  replicaSets,
  statefulSets,
  daemonSets,
  jobs,
  scheduler,
  volumes,
  claims,
  kubelets,
  budgets,
  endpoints,
  advertised,
  loadBalancers,
  autoscalers,
];

const MOST_ROUNDS = 500;

/** Runs all controllers until none has anything left to do. `more` are the laboratory's own. */
export function settle(world: World, more: readonly Controller[]): void {
  for (let round = 0; round < MOST_ROUNDS; round++) {
    const before = world.store.revision();
    for (const controller of [...CONTROLLERS, ...more]) controller(world);
    if (world.store.revision() === before) return;
  }
  throw new Error(`The controllers do not come to rest in ${MOST_ROUNDS} rounds.`);
}
