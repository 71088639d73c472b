import type { Target } from "./call.ts";
import { apiVersionOf, type Resource } from "./resources.ts";

const PATH =
  /^\/(?:api\/(?<core>v1)|apis\/(?<gv>[^/]+\/[^/]+))(?:\/namespaces\/(?<namespace>[^/]+))?\/(?<plural>[^/]+)(?:\/(?<name>[^/]+)(?:\/(?<subresource>[^/]+))?)?$/;

/** What a path names; `undefined`: nothing this server has. */
export function route(path: string, resources: readonly Resource[]): Target | undefined {
  return routeNamespace(path, resources) ?? routeObject(path, resources);
}

/** `/api/v1/namespaces/shop` and its subresources read like a namespaced path, and are none. */
function routeNamespace(path: string, resources: readonly Resource[]): Target | undefined {
  const match = /^\/api\/v1\/namespaces\/([^/]+)(?:\/(status|finalize))?$/.exec(path);
  const resource = resources.find(({ plural, group }) => plural === "namespaces" && group === "");
  if (match === null || resource === undefined) return undefined;
  return { resource, namespace: undefined, name: decoded(match[1]), subresource: match[2] };
}

function routeObject(path: string, resources: readonly Resource[]): Target | undefined {
  const { core, gv, namespace, plural, name, subresource } = PATH.exec(path)?.groups ?? {};
  const apiVersion = core ?? gv;
  const resource = resources.find((each) => each.plural === plural && apiVersionOf(each) === apiVersion);
  if (resource === undefined) return undefined;
  const needsNamespace = resource.isNamespaced && name !== undefined;
  if (needsNamespace !== (namespace !== undefined) && !(resource.isNamespaced && name === undefined)) {
    return undefined;
  }
  const isKnown =
    subresource === undefined || resource.subresources.some((each) => each.name === subresource);
  if (!isKnown) return undefined;
  return { resource, namespace: decoded(namespace), name: decoded(name), subresource };
}

function decoded(text: string | undefined): string | undefined {
  return text === undefined ? undefined : decodeURIComponent(text);
}
