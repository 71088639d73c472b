import { read, type Stored } from "./object.ts";
import type { Resource, Subresource } from "./resources.ts";

interface Version {
  readonly name: string;
  readonly served: boolean;
  readonly subresources?: { readonly status?: unknown; readonly scale?: unknown };
}

const VERBS = ["delete", "deletecollection", "get", "list", "patch", "create", "update", "watch"];

/** The resources a CustomResourceDefinition brings: one for each version it serves. */
export function customResources(definition: Stored): readonly Resource[] {
  const spec = definition.spec;
  const versions = read<readonly Version[]>(spec, "versions") ?? [];
  const kind = read<string>(spec, "names", "kind") ?? "";
  return versions
    .filter(({ served }) => served)
    .map(({ name, subresources }) => ({
      group: read<string>(spec, "group") ?? "",
      version: name,
      plural: read<string>(spec, "names", "plural") ?? "",
      kind,
      listKind: read<string>(spec, "names", "listKind") ?? `${kind}List`,
      isNamespaced: read(spec, "scope") === "Namespaced",
      isCustom: true,
      subresources: subresources?.status === undefined ? [] : [statusOf(kind)],
      shortNames: read<readonly string[]>(spec, "names", "shortNames") ?? [],
      categories: read<readonly string[]>(spec, "names", "categories") ?? [],
      verbs: VERBS,
    }));
}

function statusOf(kind: string): Subresource {
  return { name: "status", kind, verbs: ["get", "patch", "update"] };
}
