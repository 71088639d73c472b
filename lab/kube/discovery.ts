import { createHash } from "node:crypto";
import { apiVersionOf, type Resource, type Subresource } from "./resources.ts";

/** `/api/v1` and `/apis/GROUP/VERSION`: what is served there; `undefined`: no such version. */
export function resourceList(resources: readonly Resource[], apiVersion: string): unknown {
  const served = resources.filter((resource) => apiVersionOf(resource) === apiVersion);
  if (served.length === 0) return undefined;
  return {
    kind: "APIResourceList",
    // The core group answers without `apiVersion`: it is older than the field.
    ...(apiVersion === "v1" ? {} : { apiVersion: "v1" }),
    groupVersion: apiVersion,
    resources: served.flatMap((resource) => [
      described(resource),
      ...resource.subresources.map((subresource) => describedPart(resource, subresource)),
    ]),
  };
}

/** `/apis`: the groups, and which version of each to use. */
export function groupList(resources: readonly Resource[]): unknown {
  const groups = Map.groupBy(
    resources.filter(({ group }) => group !== ""),
    ({ group }) => group,
  );
  return {
    kind: "APIGroupList",
    apiVersion: "v1",
    groups: [...groups].map(([name, members]) => {
      const versions = [...new Set(members.map(({ version }) => version))].map((version) => ({
        groupVersion: `${name}/${version}`,
        version,
      }));
      return { name, versions, preferredVersion: versions[0] };
    }),
  };
}

export function coreVersions(address: string): unknown {
  return {
    kind: "APIVersions",
    versions: ["v1"],
    serverAddressByClientCIDRs: [{ clientCIDR: "0.0.0.0/0", serverAddress: address }],
  };
}

function described({ plural, kind, isNamespaced, ...resource }: Resource): unknown {
  const isStored = resource.verbs.includes("watch");
  return {
    name: plural,
    singularName: kind.toLowerCase(),
    namespaced: isNamespaced,
    kind,
    verbs: resource.verbs,
    ...(resource.shortNames.length === 0 ? {} : { shortNames: resource.shortNames }),
    ...(resource.categories.length === 0 ? {} : { categories: resource.categories }),
    ...(isStored ? { storageVersionHash: storageHash(resource, kind) } : {}),
  };
}

function describedPart(
  { plural, isNamespaced }: Resource,
  { name, kind, verbs, group, version }: Subresource,
): unknown {
  return {
    name: `${plural}/${name}`,
    singularName: "",
    namespaced: isNamespaced,
    ...(group === undefined ? {} : { group, version }),
    kind,
    verbs,
  };
}

/** `StorageVersionHash` of apiserver: eight bytes over group, version and kind. */
function storageHash({ group, version }: Pick<Resource, "group" | "version">, kind: string): string {
  const digest = createHash("sha256").update(`${group}/${version}/${kind}`).digest();
  return digest.subarray(0, 8).toString("base64");
}
