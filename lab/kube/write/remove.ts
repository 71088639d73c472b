import type { Answer, Call } from "../call.ts";
import { edited, type Fields, isFields, read, type Stored } from "../object.ts";
import { detailsOf, modified, success } from "../refusal.ts";
import type { Resource } from "../resources.ts";
import { timeText, type World } from "../world.ts";
import { hasGeneration } from "./initialStatus.ts";
import { existing } from "./update.ts";

type Propagation = "Background" | "Foreground" | "Orphan";

/** DELETE of one object. */
export function remove(call: Call): Answer {
  const { world, target, query, body, isDryRun } = call;
  const { resource } = target;
  const object = existing(call);
  const options = isFields(body) ? body : {};
  const expected = read<string>(options, "preconditions", "resourceVersion");
  if (expected !== undefined && expected !== object.metadata.resourceVersion) {
    throw modified(resource, object.metadata.name);
  }
  const propagation = (query.get("propagationPolicy") ??
    options.propagationPolicy ??
    "Background") as Propagation;
  const grace = query.get("gracePeriodSeconds") ?? options.gracePeriodSeconds;
  const marked = terminating(world, object, propagation, grace === undefined ? undefined : Number(grace));
  const { uid, name } = object.metadata;
  if (isDryRun) return { status: 200, body: marked ?? success({ ...detailsOf(resource, name), uid }) };
  return deleted(world, resource, object, marked);
}

/** DELETE of a collection: what the selector finds, each as if alone. */
export function removeAll(call: Call, objects: readonly Stored[]): void {
  for (const object of objects) {
    deleted(
      call.world,
      call.target.resource,
      object,
      terminating(call.world, object, "Background", undefined),
    );
  }
}

/** Deletes on behalf of a controller. */
export function discard(world: World, resource: Resource, object: Stored): void {
  if (object.metadata.deletionTimestamp !== undefined) return;
  deleted(world, resource, object, terminating(world, object, "Background", undefined));
}

function deleted(world: World, resource: Resource, object: Stored, marked: Stored | undefined): Answer {
  if (marked === undefined) {
    world.store.remove(resource, object);
    const { name, uid } = object.metadata;
    return { status: 200, body: success({ ...detailsOf(resource, name), uid }) };
  }
  const isMarked = object.metadata.deletionTimestamp !== undefined;
  return { status: 200, body: isMarked ? object : world.store.put(resource, marked) };
}

const FINALIZERS: Readonly<Record<Propagation, readonly string[]>> = {
  Background: [],
  Foreground: ["foregroundDeletion"],
  Orphan: ["orphan"],
};

/** The object as it waits for its end; `undefined`: nothing holds it and it may go at once. */
function terminating(
  world: World,
  object: Stored,
  propagation: Propagation,
  grace: number | undefined,
): Stored | undefined {
  const finalizers = [...(object.metadata.finalizers ?? []), ...FINALIZERS[propagation]];
  const ends = gracefully(object, grace);
  if (finalizers.length === 0 && ends === undefined) return undefined;
  return edited(object, ({ metadata, ...draft }) => {
    metadata.deletionTimestamp = timeText(new Date(world.now().getTime() + (ends ?? 0) * 1000));
    metadata.deletionGracePeriodSeconds = ends ?? 0;
    if (finalizers.length > 0) metadata.finalizers = [...new Set(finalizers)];
    if (hasGeneration(object)) metadata.generation = (metadata.generation ?? 0) + 1;
    if (object.kind === "Namespace") (draft.status as Fields).phase = "Terminating";
  });
}

/** A running pod is given time; a namespace its content's. */
function gracefully(object: Stored, grace: number | undefined): number | undefined {
  if (object.kind === "Namespace") return 0;
  const isRunning = object.kind === "Pod" && read(object, "spec", "nodeName") !== undefined;
  if (!isRunning || grace === 0) return undefined;
  return grace ?? read<number>(object, "spec", "terminationGracePeriodSeconds") ?? 30;
}
