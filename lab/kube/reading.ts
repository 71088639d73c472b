import type { Answer, Call } from "./call.ts";
import type { Fields, Stored } from "./object.ts";
import { badRequest, refusal } from "./refusal.ts";
import { apiVersionOf, type Resource } from "./resources.ts";
import { matchesFields, matchesLabels } from "./selectors.ts";

/** GET on a collection, whole or in pages. A later page shows what is there by then, not what was at the first. */
export function listing(call: Call): Answer {
  const { world, target, query } = call;
  const limit = Number(query.get("limit") ?? 0);
  const from = query.get("continue") ?? "";
  const start = from === "" ? undefined : decodeContinue(from);
  if (start !== undefined && start.rv < world.store.compactedAt()) throw expired();
  const selected = selection(call);
  const rest = start === undefined ? selected : selected.filter((object) => keyOf(object) >= start.start);
  const page = limit > 0 ? rest.slice(0, limit) : rest;
  const next = rest[page.length];
  const revision = String(start?.rv ?? world.store.revision());
  const more = next === undefined ? {} : moreAfter(next, Number(revision), rest.length - page.length, call);
  return { status: 200, body: collection(target.resource, page, { resourceVersion: revision, ...more }) };
}

/** The objects a call's selectors leave, in the order of etcd's keys. */
export function selection({ world, target, query }: Call): readonly Stored[] {
  const [labels, fields] = [query.get("labelSelector") ?? "", query.get("fieldSelector") ?? ""];
  return world.store
    .list(target.resource, target.namespace)
    .filter((object) => matchesLabels(labels, object) && matchesFields(fields, object));
}

function collection(resource: Resource, objects: readonly Stored[], metadata: unknown): unknown {
  const { listKind: kind, isCustom } = resource;
  const items = isCustom ? objects : objects.map(({ kind: _, apiVersion: __, ...item }) => item);
  return { kind, apiVersion: apiVersionOf(resource), metadata, items };
}

function moreAfter(next: Stored, rv: number, remaining: number, { query }: Call): Fields {
  const token = { v: "meta.k8s.io/v1", rv, start: keyOf(next) };
  const isFiltered = query.has("labelSelector") || query.has("fieldSelector");
  return {
    continue: Buffer.from(JSON.stringify(token)).toString("base64url"),
    // Not told where a selector makes it a guess.
    ...(isFiltered ? {} : { remainingItemCount: remaining }),
  };
}

interface Continue {
  readonly rv: number;
  readonly start: string;
}

function decodeContinue(text: string): Continue {
  const valid = /^[A-Za-z0-9_-]*/.exec(text)?.[0].length ?? 0;
  const misfit = text.length % 4 === 1 ? text.length - 1 : undefined;
  const bad = valid < text.length ? valid : misfit;
  if (bad !== undefined) {
    throw badRequest(
      `invalid continue token: continue key is not valid: illegal base64 data at input byte ${bad}`,
    );
  }
  try {
    return JSON.parse(Buffer.from(text, "base64url").toString()) as Continue;
  } catch {
    throw badRequest("invalid continue token: continue key is not valid: invalid character");
  }
}

function expired(): Error {
  return refusal(
    410,
    "Expired",
    "The provided continue parameter is too old to display a consistent list result.",
  );
}

function keyOf({ metadata }: Stored): string {
  return `${metadata.namespace ?? ""}/${metadata.name}`;
}
