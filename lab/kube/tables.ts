import { customResources } from "./custom.ts";
import type { Stored } from "./object.ts";
import { apiVersionOf, BUILT_IN, type Resource } from "./resources.ts";

/** The objects by kind, in maps by namespace and name. */
export interface Tables {
  of(resource: Pick<Resource, "group" | "plural">): Map<string, Stored>;
  /** What is served now: the built-in kinds and those of the CustomResourceDefinitions. */
  resources(): readonly Resource[];
  /** Every object, in an order of its own. */
  all(): readonly Stored[];
  /** Throws everything away and takes these. */
  refill(objects: readonly Stored[]): void;
}

const DEFINITIONS = { group: "apiextensions.k8s.io", plural: "customresourcedefinitions" };

export function createTables(): Tables {
  const tables = new Map<string, Map<string, Stored>>();
  const of = ({ group, plural }: Pick<Resource, "group" | "plural">) => {
    const key = `${group}/${plural}`;
    const found = tables.get(key) ?? new Map<string, Stored>();
    tables.set(key, found);
    return found;
  };
  const resources = () => [...BUILT_IN, ...[...of(DEFINITIONS).values()].flatMap(customResources)];
  return {
    of,
    resources,
    all: () => [...tables.values()].flatMap((objects) => [...objects.values()]).toSorted(byKind),
    refill: (objects) => {
      tables.clear();
      for (const object of definitionsFirst(objects)) {
        of(serving(resources(), object)).set(keyOf(object.metadata.namespace, object.metadata.name), object);
      }
    },
  };
}

export function keyOf(namespace: string | undefined, name: string): string {
  return `${namespace ?? ""}/${name}`;
}

function byKind(a: Stored, b: Stored): number {
  const idOf = ({ apiVersion, kind, metadata }: Stored) =>
    [apiVersion, kind, metadata.namespace, metadata.name].join(" ");
  return idOf(a) < idOf(b) ? -1 : 1;
}

/** The kinds of custom resources must be known before the resources. */
function definitionsFirst(objects: readonly Stored[]): readonly Stored[] {
  const isDefinition = ({ kind }: Stored) => kind === "CustomResourceDefinition";
  return [...objects.filter(isDefinition), ...objects.filter((object) => !isDefinition(object))];
}

function serving(resources: readonly Resource[], { apiVersion, kind }: Stored): Resource {
  const found = resources.find((each) => each.kind === kind && apiVersionOf(each) === apiVersion);
  if (found === undefined) throw new Error(`Nothing serves ${apiVersion} ${kind}.`);
  return found;
}
