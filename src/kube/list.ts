import type { KubeObject } from "../model/facts.ts";
import type { KubeApi } from "./api.ts";
import { ask } from "./ask.ts";

interface Page {
  readonly kind: string;
  readonly apiVersion: string;
  readonly metadata?: { readonly continue?: string };
  readonly items?: readonly Pick<KubeObject, "metadata">[] | null;
}

const PAGE_SIZE = 500;

/** All objects of a collection, page by page; `path` may carry selectors. The items of a list do not say what they are: here they do. */
export async function listAll(api: KubeApi, path: string): Promise<readonly KubeObject[]> {
  const objects: KubeObject[] = [];
  let more = "";
  do {
    const page = await ask<Page>(api, { method: "GET", path: pagePath(path, more) });
    const named = { apiVersion: page.apiVersion, kind: page.kind.replace(/List$/, "") };
    for (const item of page.items ?? []) objects.push({ ...named, ...item });
    more = page.metadata?.continue ?? "";
  } while (more !== "");
  return objects;
}

function pagePath(path: string, more: string): string {
  const from = more === "" ? "" : `&continue=${encodeURIComponent(more)}`;
  return `${path}${path.includes("?") ? "&" : "?"}limit=${PAGE_SIZE}${from}`;
}
