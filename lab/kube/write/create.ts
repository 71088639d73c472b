import { randomBytes } from "node:crypto";
import type { Answer, Call } from "../call.ts";
import { type Fields, isFields, type Metadata, type Stored } from "../object.ts";
import { afterUpdate } from "../patches/managers.ts";
import { alreadyExists, badRequest, invalid, notFound, refusal } from "../refusal.ts";
import { apiVersionOf, builtIn, type Resource } from "../resources.ts";
import { newUid, type Store } from "../store.ts";
import { timeText } from "../world.ts";
import { admit } from "./admit.ts";
import { refuseUnknownFields } from "./strict.ts";
import { validate } from "./validate.ts";

/** POST on a collection. */
export async function create(call: Call): Promise<Answer> {
  const { target, body, query } = call;
  const object = readObject(target.resource, body);
  if (query.get("fieldValidation") === "Strict") await refuseUnknownFields(target.resource, object);
  return { status: 201, body: insert(call, object, undefined) };
}

/** A body that must be an object of this kind. */
export function readObject(resource: Resource, body: unknown): Fields {
  if (!isFields(body)) throw badRequest("the object provided is unrecognized (must be of type JSON)");
  const { apiVersion = apiVersionOf(resource), kind = resource.kind } = body;
  if (kind !== resource.kind || apiVersion !== apiVersionOf(resource)) {
    throw badRequest(
      `${resource.kind} in version "${resource.version}" cannot be handled as a ${String(kind)}: ` +
        `the API version in the data (${String(apiVersion)}) does not match the expected API version (${apiVersionOf(resource)})`,
    );
  }
  return { ...body, apiVersion, kind };
}

/** Checks and keeps a new object; `managedFields` are given when server-side apply creates it. */
export function insert(call: Call, body: Fields, managedFields: unknown): Stored {
  const { world, target, manager, isDryRun } = call;
  const { resource } = target;
  const metadata = namedMetadata(call, (body.metadata ?? {}) as Fields);
  if (resource.isNamespaced) requireNamespace(world.store, metadata.namespace);
  const admitted = admit(world.store, { ...body, metadata } as Stored);
  const errors = resource.isCustom ? [] : validate(admitted);
  if (errors.length > 0) throw invalid(resource, metadata.name, errors);
  if (world.store.get(resource, metadata.namespace, metadata.name) !== undefined) {
    throw alreadyExists(resource, metadata.name);
  }
  const time = timeText(world.now());
  const entries = managedFields ?? afterUpdate(undefined, admitted, { manager }, time);
  const owned = { ...admitted, metadata: withEntries(admitted.metadata, entries) };
  return isDryRun ? owned : world.store.put(resource, owned);
}

export function withEntries(metadata: Metadata, entries: unknown): Metadata {
  return Array.isArray(entries) && entries.length > 0 ? { ...metadata, managedFields: entries } : metadata;
}

function namedMetadata({ target, world }: Call, given: Fields): Metadata {
  const { namespace, resource } = target;
  if (given.namespace !== undefined && given.namespace !== namespace) {
    throw badRequest("the namespace of the provided object does not match the namespace sent on the request");
  }
  const generated = given.generateName === undefined ? undefined : `${given.generateName}${suffix()}`;
  const name = given.name ?? generated;
  if (typeof name !== "string" || name === "") {
    throw invalid(resource, "", [
      {
        reason: "FieldValueRequired",
        field: "metadata.name",
        message: "Required value: name or generateName is required",
      },
    ]);
  }
  const { managedFields: _, resourceVersion: __, ...rest } = given;
  return {
    ...rest,
    name,
    ...(namespace === undefined ? {} : { namespace }),
    uid: newUid(),
    creationTimestamp: timeText(world.now()),
  } as Metadata;
}

function requireNamespace(store: Store, name: string | undefined): void {
  const namespaces = builtIn("namespaces");
  const found = store.get(namespaces, undefined, name ?? "");
  if (found === undefined) throw notFound(namespaces, name ?? "");
  if (found.metadata.deletionTimestamp !== undefined) {
    const message = `unable to create new content in namespace ${name} because it is being terminated`;
    throw refusal(403, "Forbidden", message);
  }
}

const SUFFIX_LETTERS = "bcdfghjklmnpqrstvwxz2456789";

/** Five letters without vowels, as generated names end. */
export function suffix(): string {
  return [...randomBytes(5)].map((byte) => SUFFIX_LETTERS[byte % SUFFIX_LETTERS.length]).join("");
}
