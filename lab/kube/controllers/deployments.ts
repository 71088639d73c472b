import { edited, type Fields, isOwnedBy, ownerOf, read, type Stored, same } from "../object.ts";
import { add, again, CONTROLLERS, list, replace, setStatus, type World } from "../world.ts";
import { conditionsOf, withCondition } from "./conditions.ts";
import { nonZero } from "./counts.ts";
import { isAvailable } from "./pods.ts";
import { templateHash } from "./template.ts";

const REVISION = "deployment.kubernetes.io/revision";
const HASH = "pod-template-hash";

interface Rollout {
  readonly deployment: Stored;
  readonly current: Stored | undefined;
  readonly old: readonly Stored[];
  readonly desired: number;
}

/** One ReplicaSet a template; the newest grows and the others shrink within what the strategy allows. */
export function deployments(world: World): void {
  for (const found of list(world, "deployments")) {
    if (found.metadata.deletionTimestamp !== undefined) continue;
    const isPaused = read(found, "spec", "paused") === true;
    if (!isPaused) roll(world, found);
    const deployment = again(world, "deployments", found);
    if (deployment !== undefined) report(world, rolloutOf(world, deployment));
  }
}

function rolloutOf(world: World, deployment: Stored): Rollout {
  const sets = list(world, "replicasets", deployment.metadata.namespace).filter((set) =>
    isOwnedBy(set, deployment),
  );
  const current = sets.find((set) => same(templateOf(set), read(deployment, "spec", "template")));
  const old = sets.filter((set) => set !== current);
  return { deployment, current, old, desired: read<number>(deployment, "spec", "replicas") ?? 1 };
}

/** A ReplicaSet's template as the Deployment wrote it. */
function templateOf(set: Stored): unknown {
  return edited(read<Fields>(set, "spec", "template") ?? {}, ({ metadata }) => {
    delete read<Fields>(metadata, "labels")?.[HASH];
  });
}

function roll(world: World, deployment: Stored): void {
  const rollout = rolloutOf(world, deployment);
  const { current, old, desired } = rollout;
  const revision = nextRevision(rollout);
  const isRecreate = read(deployment, "spec", "strategy", "type") === "Recreate";
  const surge = isRecreate ? 0 : portion(deployment, "maxSurge", desired, Math.ceil);
  if (isRecreate && old.some((set) => podsOf(world, set).length > 0)) {
    for (const set of old) resize(world, set, 0, desired, surge);
    return;
  }
  const total = sum(old.map(sizeOf)) + (current === undefined ? 0 : sizeOf(current));
  const room = Math.max(0, desired + surge - total);
  const size = current === undefined ? 0 : sizeOf(current);
  const next = size > desired ? desired : Math.min(desired, size + room);
  const set = current ?? create(world, deployment, next, revision, surge);
  resize(world, set, next, desired, surge, revision);
  shrink(world, { ...rollout, current: set }, surge);
  annotate(world, deployment, revision);
}

function create(world: World, deployment: Stored, replicas: number, revision: number, surge: number): Stored {
  const { name, namespace } = deployment.metadata;
  const template = structuredClone(read<Fields>(deployment, "spec", "template") ?? {});
  const hash = templateHash(template);
  const metadata = (template.metadata ?? {}) as Fields;
  const labels = { ...((metadata.labels ?? {}) as Record<string, string>), [HASH]: hash };
  template.metadata = { ...metadata, labels };
  const matchLabels = read<Fields>(deployment, "spec", "selector", "matchLabels") ?? {};
  return add(world, "replicasets", {
    apiVersion: "apps/v1",
    kind: "ReplicaSet",
    metadata: {
      name: `${name}-${hash}`,
      ...(namespace === undefined ? {} : { namespace }),
      labels,
      annotations: sizes(read<number>(deployment, "spec", "replicas") ?? 1, surge, revision),
      ownerReferences: [ownerOf(deployment)],
    },
    spec: { replicas, selector: { matchLabels: { ...matchLabels, [HASH]: hash } }, template },
  });
}

function sizes(desired: number, surge: number, revision: number): Record<string, string> {
  return {
    "deployment.kubernetes.io/desired-replicas": String(desired),
    "deployment.kubernetes.io/max-replicas": String(desired + surge),
    [REVISION]: String(revision),
  };
}

/** Old sets give way as far as enough pods stay available; pods that do not serve go first. */
function shrink(world: World, { deployment, current, old, desired }: Rollout, surge: number): void {
  const available = (set: Stored) => podsOf(world, set).filter(isAvailable).length;
  const allowedMissing = portion(deployment, "maxUnavailable", desired, Math.floor);
  const missing = surge === 0 && allowedMissing === 0 ? 1 : allowedMissing;
  const serving = sum([...old, ...(current === undefined ? [] : [current])].map(available));
  let spare = serving - (desired - missing);
  for (const set of old) {
    const useless = sizeOf(set) - available(set);
    const cut = Math.min(sizeOf(set), useless + Math.max(0, Math.min(spare, available(set))));
    spare -= Math.max(0, cut - useless);
    resize(world, set, sizeOf(set) - cut, desired, surge);
  }
}

function resize(
  world: World,
  set: Stored,
  replicas: number,
  desired: number,
  surge: number,
  revision?: number,
): void {
  const live = again(world, "replicasets", set);
  if (live === undefined) return;
  const next = edited(live, ({ spec, metadata }) => {
    const isNew = (spec as Fields).replicas !== replicas;
    (spec as Fields).replicas = replicas;
    if (isNew) metadata.generation = (metadata.generation ?? 0) + 1;
    const kept = Number(metadata.annotations?.[REVISION] ?? 1);
    metadata.annotations = { ...metadata.annotations, ...sizes(desired, surge, revision ?? kept) };
  });
  replace(world, "replicasets", live, next, CONTROLLERS);
}

function annotate(world: World, deployment: Stored, revision: number): void {
  const next = edited(deployment, ({ metadata }) => {
    metadata.annotations = { ...metadata.annotations, [REVISION]: String(revision) };
  });
  // The real one writes the annotation together with the status.
  replace(world, "deployments", deployment, next, { manager: CONTROLLERS.manager, subresource: "status" });
}

function nextRevision({ current, old }: Rollout): number {
  const numbers = old.map(revisionOf);
  const newest = Math.max(0, ...numbers);
  const own = current === undefined ? 0 : revisionOf(current);
  return own > newest ? own : newest + 1;
}

function revisionOf({ metadata }: Stored): number {
  return Number(metadata.annotations?.[REVISION] ?? 0);
}

function report(world: World, { deployment, current, old, desired }: Rollout): void {
  const sets = [...old, ...(current === undefined ? [] : [current])];
  const pods = sets.flatMap((set) => podsOf(world, set));
  const available = pods.filter(isAvailable).length;
  const updated = current === undefined ? 0 : podsOf(world, current).length;
  const total = sum(sets.map((set) => read<number>(set, "status", "replicas") ?? 0));
  const counts = {
    observedGeneration: deployment.metadata.generation,
    ...nonZero({
      replicas: total,
      updatedReplicas: updated,
      readyReplicas: available,
      availableReplicas: available,
    }),
    ...nonZero({ unavailableReplicas: Math.max(0, desired - available) }),
    terminatingReplicas: 0,
  };
  const needed = desired - portion(deployment, "maxUnavailable", desired, Math.floor);
  const isComplete = updated === desired && total === desired && available === desired;
  const first = withCondition(world, conditionsOf(deployment), availability(available >= needed));
  const conditions =
    current === undefined ? first : withCondition(world, first, progress(current, isComplete));
  setStatus(world, "deployments", deployment, { ...counts, conditions });
}

function availability(isEnough: boolean) {
  return isEnough
    ? {
        type: "Available",
        status: "True",
        reason: "MinimumReplicasAvailable",
        message: "Deployment has minimum availability.",
      }
    : {
        type: "Available",
        status: "False",
        reason: "MinimumReplicasUnavailable",
        message: "Deployment does not have minimum availability.",
      };
}

function progress({ metadata }: Stored, isComplete: boolean) {
  const [reason, said] = isComplete
    ? ["NewReplicaSetAvailable", "has successfully progressed"]
    : ["ReplicaSetUpdated", "is progressing"];
  return { type: "Progressing", status: "True", reason, message: `ReplicaSet "${metadata.name}" ${said}.` };
}

function podsOf(world: World, set: Stored): readonly Stored[] {
  return list(world, "pods", set.metadata.namespace).filter(
    (pod) => isOwnedBy(pod, set) && pod.metadata.deletionTimestamp === undefined,
  );
}

/** `25%` or a number, of `desired`. */
function portion(deployment: Stored, key: string, desired: number, round: (value: number) => number): number {
  const value = read<string | number>(deployment, "spec", "strategy", "rollingUpdate", key) ?? 0;
  return typeof value === "number" ? value : round((Number.parseInt(value, 10) * desired) / 100);
}

function sizeOf(set: Stored): number {
  return read<number>(set, "spec", "replicas") ?? 0;
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
