import { OutgrowError } from "../model/error.ts";
import type { ClusterFacts, Gap, KubeObject, Reading } from "../model/facts.ts";
import { redactObject } from "../model/redactObject.ts";
import { serviceNames } from "../model/serviceNames.ts";
import type { KubeApi } from "./api.ts";
import { ask } from "./ask.ts";
import { WANTED, type WantedKind } from "./kinds.ts";
import { listAll } from "./list.ts";
import { pruned } from "./prune.ts";

/**
 * Every kind the audit and the plan look at, redacted, in an order of its own. A kind that is not
 * installed or may not be read is a gap. Throws when the API itself cannot be asked.
 */
export async function readCluster(api: KubeApi): Promise<Reading<ClusterFacts>> {
  const { gitVersion = null } = await ask<{ readonly gitVersion?: string }>(api, {
    method: "GET",
    path: "/version",
  });
  const served = await servedVersions(api);
  const readings = await Promise.all(WANTED.map((kind) => readKind(api, kind, served)));
  const found = readings.flatMap(({ value }) => value);
  const isService = serviceNames(found);
  const objects = found.flatMap((object) => redactObject(pruned(object), isService)).toSorted(byPlace);
  return { value: { version: gitVersion, objects }, gaps: readings.flatMap(({ gaps }) => gaps) };
}

/** The preferred version of each group; `null`: the list may not be read, and every kind is tried. */
async function servedVersions(api: KubeApi): Promise<ReadonlyMap<string, GroupVersions> | null> {
  const { status, body } = await api.request({ method: "GET", path: "/apis" });
  if (status !== 200) return null;
  const { groups = [] } = body as { readonly groups?: readonly Group[] };
  return new Map(
    groups.map(({ name, versions, preferredVersion }) => [
      name,
      { all: versions.map(({ version }) => version), preferred: preferredVersion.version },
    ]),
  );
}

interface Group {
  readonly name: string;
  readonly versions: readonly { readonly version: string }[];
  readonly preferredVersion: { readonly version: string };
}

interface GroupVersions {
  readonly all: readonly string[];
  readonly preferred: string;
}

async function readKind(
  api: KubeApi,
  wanted: WantedKind,
  served: ReadonlyMap<string, GroupVersions> | null,
): Promise<Reading<readonly KubeObject[]>> {
  const group = served?.get(wanted.group);
  if (served !== null && wanted.group !== "" && group === undefined)
    return without(wanted, "absent", "It is not installed.");
  const version =
    group === undefined || group.all.includes(wanted.version) ? wanted.version : group.preferred;
  const kind = { ...wanted, version };
  try {
    return { value: await listAll(api, pathOf(kind)), gaps: [] };
  } catch (error) {
    if (!(error instanceof OutgrowError)) throw error;
    if (error.code === "not-found") return without(kind, "absent", "It is not installed.");
    if (error.code === "denied") return without(kind, "denied", error.message);
    if (error.code === "too-large" || error.code === "unavailable")
      return without(kind, "failed", error.message);
    throw error;
  }
}

function pathOf({ group, version, plural, query }: WantedKind): string {
  const root = group === "" ? `/api/${version}` : `/apis/${group}/${version}`;
  return `${root}/${plural}${query === undefined ? "" : `?${query}`}`;
}

function without(
  { group, version, plural }: WantedKind,
  reason: Gap["reason"],
  message: string,
): Reading<readonly []> {
  const subject = `${group === "" ? version : `${group}/${version}`} ${plural}`;
  return { value: [], gaps: [{ area: "cluster", subject, reason, message }] };
}

/** By kind, namespace and name, whatever order the answers came in. */
function byPlace(a: KubeObject, b: KubeObject): number {
  const [left, right] = [placeOf(a), placeOf(b)];
  return left < right ? -1 : left > right ? 1 : 0;
}

function placeOf({ apiVersion, kind, metadata }: KubeObject): string {
  return [apiVersion, kind, metadata.namespace ?? "", metadata.name].join("\u0000");
}
