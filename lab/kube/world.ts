import { type Metadata, type Stored, same } from "./object.ts";
import { afterUpdate, type Entry, type Writer } from "./patches/managers.ts";
import { builtIn, type Resource } from "./resources.ts";
import { newUid, type Store } from "./store.ts";
import { admit } from "./write/admit.ts";

/** What the controllers and the request handlers work on. */
export interface World {
  readonly store: Store;
  readonly now: () => Date;
  /** `v1.36.2+k3s1` */
  readonly version: string;
  /** A scheduled pod runs and is ready this much later. */
  readonly podStartMs: number;
  /** Asks for another round of the controllers after a while. */
  readonly wakeAfter: (delayMs: number) => void;
}

export const CONTROLLERS: Writer = { manager: "kube-controller-manager" };
export const CONTROLLERS_STATUS: Writer = { manager: "kube-controller-manager", subresource: "status" };
export const KUBELET: Writer = { manager: "kubelet", subresource: "status" };
export const SCHEDULER: Writer = { manager: "kube-scheduler" };

/** RFC 3339 in whole seconds, as the API writes times. */
export function timeText(date: Date): string {
  return `${date.toISOString().slice(0, 19)}Z`;
}

export function list(world: World, plural: string, namespace?: string): readonly Stored[] {
  return world.store.list(builtIn(plural), namespace);
}

export function find(
  world: World,
  plural: string,
  namespace: string | undefined,
  name: string,
): Stored | undefined {
  return world.store.get(builtIn(plural), namespace, name);
}

/** The current form of an object a controller read a moment ago. */
export function again(world: World, plural: string, { metadata }: Stored): Stored | undefined {
  return find(world, plural, metadata.namespace, metadata.name);
}

type Draft = Pick<Stored, "apiVersion" | "kind"> & {
  readonly metadata: Partial<Metadata> & { readonly name: string };
} & Record<string, unknown>;

/** Creates an object for a controller. */
export function add(world: World, plural: string, draft: Draft, writer: Writer = CONTROLLERS): Stored {
  const time = timeText(world.now());
  const metadata = { ...draft.metadata, uid: newUid(), resourceVersion: "", creationTimestamp: time };
  const object = admit(world.store, { ...draft, metadata } as Stored);
  const managedFields = afterUpdate(undefined, object, writer, time);
  return world.store.put(builtIn(plural), { ...object, metadata: { ...object.metadata, managedFields } });
}

/** Puts a controller's edited copy in place; nothing happens when it is the same. */
export function replace(
  world: World,
  resource: Resource | string,
  last: Stored,
  next: Stored,
  writer: Writer,
): Stored {
  if (same(last, next)) return last;
  const kind = typeof resource === "string" ? builtIn(resource) : resource;
  const managedFields = afterUpdate(last, next, writer, timeText(world.now())) as readonly Entry[];
  return world.store.put(kind, { ...next, metadata: { ...next.metadata, managedFields } });
}

export function setStatus(
  world: World,
  plural: string,
  object: Stored,
  status: unknown,
  writer = CONTROLLERS_STATUS,
): void {
  replace(world, plural, object, { ...object, status }, writer);
}
