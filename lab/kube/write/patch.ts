import type { Answer, Call } from "../call.ts";
import { type Fields, isFields, type Stored } from "../object.ts";
import { jsonPatch } from "../patches/jsonPatch.ts";
import { entriesOf } from "../patches/managers.ts";
import { mergePatch } from "../patches/mergePatch.ts";
import { serverApply } from "../patches/serverApply.ts";
import { strategicPatch } from "../patches/strategicPatch.ts";
import { badRequest, refusal } from "../refusal.ts";
import { timeText } from "../world.ts";
import { insert, readObject } from "./create.ts";
import { refuseUnknownFields } from "./strict.ts";
import { change, existing } from "./update.ts";

const APPLY = "application/apply-patch+yaml";

const PATCHES: Readonly<Record<string, (target: unknown, patch: unknown) => unknown>> = {
  "application/json-patch+json": jsonPatch,
  "application/merge-patch+json": mergePatch,
  "application/strategic-merge-patch+json": strategicPatch,
};

/** PATCH, in its four dialects. */
export async function patch(call: Call): Promise<Answer> {
  refuseType(call);
  if (call.contentType === APPLY) return await apply(call);
  const last = existing(call);
  const next = patched(call, last);
  if (!isFields(next)) throw badRequest("the patch makes no object");
  if (call.query.get("fieldValidation") === "Strict") await refuseUnknownFields(call.target.resource, next);
  return { status: 200, body: change(call, next as Stored) };
}

/** The object with the call's patch applied, unchecked. */
export function patched({ contentType, body }: Call, last: unknown): unknown {
  return PATCHES[contentType]?.(last, body);
}

export function refuseType({ contentType, target }: Call): void {
  if (target.resource.isCustom && contentType === "application/strategic-merge-patch+json") {
    throw refusal(
      415,
      "UnsupportedMediaType",
      "the body of the request was in an unknown format - accepted media types include: " +
        `application/json-patch+json, application/merge-patch+json, ${APPLY}`,
    );
  }
  if (contentType !== APPLY && PATCHES[contentType] === undefined) {
    throw refusal(415, "UnsupportedMediaType", "415: Unsupported Media Type", {});
  }
}

async function apply(call: Call): Promise<Answer> {
  const { world, target, query, body } = call;
  const manager = query.get("fieldManager") ?? "";
  if (manager === "") {
    throw refusal(
      422,
      "Invalid",
      'PatchOptions.meta.k8s.io "" is invalid: fieldManager: Required value: is required for apply patch',
    );
  }
  const configuration = readObject(target.resource, body);
  await refuseUnknownFields(target.resource, configuration);
  const application = {
    manager,
    isForced: query.get("force") === "true",
    time: timeText(world.now()),
  };
  const live = world.store.get(target.resource, target.namespace, target.name ?? "");
  if (live === undefined) return { status: 201, body: insertApplied(call, configuration, application) };
  const next = serverApply(live, configuration, application);
  return { status: 200, body: change(call, next, entriesOf(next)) };
}

function insertApplied(
  call: Call,
  configuration: Fields,
  application: Parameters<typeof serverApply>[2],
): Stored {
  const name = call.target.name;
  const named = { ...configuration, metadata: { ...((configuration.metadata ?? {}) as Fields), name } };
  const bare = { apiVersion: configuration.apiVersion, kind: configuration.kind, metadata: { name } };
  return insert(call, named, entriesOf(serverApply(bare as Stored, named, application)));
}
