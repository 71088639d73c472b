import { edited, isOwnedBy, type Stored } from "../object.ts";
import type { Resource } from "../resources.ts";
import { CONTROLLERS, replace, type World } from "../world.ts";
import { discard } from "../write/remove.ts";

interface Kept {
  readonly resource: Resource;
  readonly object: Stored;
}

/** The garbage collector: what nobody owns any more goes; owners that wait for it are let go. */
export function garbage(world: World): void {
  const all = world.store
    .resources()
    .flatMap((resource) => world.store.list(resource).map((object) => ({ resource, object })));
  const living = new Set(all.map(({ object }) => object.metadata.uid));
  for (const { resource, object } of all) {
    const owners = object.metadata.ownerReferences ?? [];
    if (owners.length > 0 && !owners.some(({ uid }) => living.has(uid))) discard(world, resource, object);
  }
  for (const kept of all) finish(world, kept, all);
}

/** Works off the finalizers `orphan` and `foregroundDeletion` of an object that is being deleted. */
function finish(world: World, { resource, object }: Kept, all: readonly Kept[]): void {
  if (object.metadata.deletionTimestamp === undefined) return;
  const finalizers = object.metadata.finalizers ?? [];
  const current = world.store.get(resource, object.metadata.namespace, object.metadata.name);
  if (current === undefined || current !== object) return;
  const owned = all.filter((each) => isOwnedBy(each.object, object));
  if (finalizers.includes("orphan")) {
    for (const each of owned) disown(world, each, object);
    release(world, resource, object, "orphan");
  } else if (finalizers.includes("foregroundDeletion")) {
    for (const each of owned) discard(world, each.resource, each.object);
    if (owned.length === 0) release(world, resource, object, "foregroundDeletion");
  }
}

function disown(world: World, { resource, object }: Kept, owner: Stored): void {
  const freed = edited(object, ({ metadata }) => {
    const left = (metadata.ownerReferences ?? []).filter(({ uid }) => uid !== owner.metadata.uid);
    if (left.length > 0) metadata.ownerReferences = left;
    else delete metadata.ownerReferences;
  });
  replace(world, resource, object, freed, CONTROLLERS);
}

/** Takes one finalizer away; the last one gone, the object goes too. */
export function release(world: World, resource: Resource, object: Stored, finalizer: string): void {
  const freed = edited(object, ({ metadata }) => {
    const left = (metadata.finalizers ?? []).filter((each) => each !== finalizer);
    if (left.length > 0) metadata.finalizers = left;
    else delete metadata.finalizers;
  });
  if (freed.metadata.finalizers === undefined) world.store.remove(resource, freed);
  else replace(world, resource, object, freed, CONTROLLERS);
}
