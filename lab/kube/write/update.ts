import type { Answer, Call } from "../call.ts";
import { type Fields, type Metadata, type Stored, same } from "../object.ts";
import { afterUpdate, type Entry } from "../patches/managers.ts";
import { badRequest, invalid, modified, notFound } from "../refusal.ts";
import { timeText } from "../world.ts";
import { readObject, withEntries } from "./create.ts";
import { withDefaults } from "./defaults.ts";
import { hasGeneration } from "./initialStatus.ts";
import { refuseUnknownFields } from "./strict.ts";
import { validate } from "./validate.ts";
import { validateUpdate } from "./validateUpdate.ts";

/** PUT. */
export async function update(call: Call): Promise<Answer> {
  const { target, body, query } = call;
  const object = readObject(target.resource, body);
  if (query.get("fieldValidation") === "Strict") await refuseUnknownFields(target.resource, object);
  const name = (object.metadata as Fields | undefined)?.name;
  if (name !== undefined && name !== target.name) {
    throw badRequest("the name of the object does not match the name on the URL");
  }
  return { status: 200, body: change(call, object as unknown as Stored) };
}

/** The object a call is about, or 404. */
export function existing({ world, target }: Call): Stored {
  const { resource, namespace, name = "" } = target;
  const found = world.store.get(resource, namespace, name);
  if (found === undefined) throw notFound(resource, name);
  return found;
}

/** Checks and keeps a changed object. `entries` are given when server-side apply made it. */
export function change(call: Call, wanted: Stored, entries?: readonly Entry[]): Stored {
  const { world, target, manager, isDryRun } = call;
  const { resource, subresource } = target;
  const last = existing(call);
  refuseStale(call, last, wanted);
  const next = prepared(last, wanted, subresource);
  const errors = resource.isCustom ? [] : [...validate(next), ...validateUpdate(last, next)];
  if (errors.length > 0) throw invalid(resource, last.metadata.name, errors);
  const writer = { manager, ...(subresource === undefined ? {} : { subresource }) };
  const owned = entries ?? afterUpdate(last, next, writer, timeText(world.now()));
  const kept = { ...next, metadata: withEntries(withoutEntries(next.metadata), owned) };
  if (same(kept, last)) return last;
  if (isDryRun) return kept;
  return isFinished(kept) ? world.store.remove(resource, kept) : world.store.put(resource, kept);
}

function refuseStale({ target }: Call, last: Stored, { metadata }: Stored): void {
  const given = metadata.resourceVersion;
  if (given !== undefined && given !== "" && given !== last.metadata.resourceVersion) {
    throw modified(target.resource, last.metadata.name);
  }
  if (metadata.uid !== undefined && metadata.uid !== last.metadata.uid) {
    throw modified(target.resource, last.metadata.name);
  }
}

/** What stays whatever was sent: identity, and the half that belongs to the other door. */
function prepared(last: Stored, wanted: Stored, subresource: string | undefined): Stored {
  const metadata = identity(last, wanted);
  if (subresource === "status") return { ...last, metadata: { ...last.metadata }, status: wanted.status };
  const next = withDefaults({ ...wanted, metadata });
  if (last.status === undefined) delete next.status;
  else next.status = last.status;
  const isNew = !same(next.spec, last.spec);
  if (hasGeneration(last) && isNew) next.metadata.generation = (last.metadata.generation ?? 0) + 1;
  return next;
}

function identity(last: Stored, { metadata }: Stored): Metadata {
  const { generation, deletionTimestamp, deletionGracePeriodSeconds } = last.metadata;
  return {
    ...metadata,
    name: last.metadata.name,
    uid: last.metadata.uid,
    resourceVersion: last.metadata.resourceVersion,
    creationTimestamp: last.metadata.creationTimestamp,
    ...(last.metadata.namespace === undefined ? {} : { namespace: last.metadata.namespace }),
    ...(generation === undefined ? {} : { generation }),
    ...(deletionTimestamp === undefined ? {} : { deletionTimestamp, deletionGracePeriodSeconds }),
  };
}

function withoutEntries({ managedFields: _, ...metadata }: Metadata): Metadata {
  return metadata as Metadata;
}

/** It is being deleted and nothing holds it any more. */
function isFinished({ metadata, kind }: Stored): boolean {
  return (
    metadata.deletionTimestamp !== undefined && (metadata.finalizers ?? []).length === 0 && kind !== "Pod"
  );
}
