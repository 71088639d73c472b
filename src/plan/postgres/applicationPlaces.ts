import { changeOf } from "../../audit/view/addressChange.ts";
import type { ClusterView } from "../../audit/view/cluster.ts";
import type { Address, Consumer } from "../../audit/view/consumers.ts";
import type { Variable } from "../../audit/view/environment.ts";
import { remoteOf } from "../../audit/view/externalSecret.ts";
import { field, subjectOf } from "../../audit/view/kube.ts";
import { hostExpression, hostMatcher, serviceNames } from "../../audit/view/serviceHost.ts";
import type { DataStore } from "../../audit/view/stores.ts";
import type { KubeObject } from "../../model/facts.ts";
import type { AddressObject, ApplicationPlaces, ConsumerWorkload } from "../../model/steps/postgres-move.ts";

/** Where the application learns its database's address, as places that can be changed, and what stands in the way. */
export function applicationPlaces(
  store: DataStore,
  cluster: ClusterView,
  needsPort: boolean,
): ApplicationPlaces {
  const found = store.consumers
    .filter(({ workload }) => workload.kind !== "Job")
    .map((consumer) => placesOf(consumer, store, cluster, needsPort));
  return {
    objects: merged(found.flatMap(({ objects }) => objects)),
    workloads: found.flatMap(({ workload }) => workload ?? []),
    obstacles: found.flatMap(({ obstacles }) => obstacles),
  };
}

interface Places {
  readonly objects: readonly AddressObject[];
  readonly workload: ConsumerWorkload | null;
  readonly obstacles: ApplicationPlaces["obstacles"];
}

function placesOf(consumer: Consumer, store: DataStore, cluster: ClusterView, needsPort: boolean): Places {
  const { workload, addresses } = consumer;
  const kind = SWITCHABLE.find((each) => each === workload.kind);
  if (kind === undefined) return { objects: [], workload: null, obstacles: [unchangeable(consumer)] };
  const hosts = hostVariables(consumer, store, cluster);
  const ports = needsPort ? hosts.map((host) => portOf(host, consumer, cluster)) : [];
  const read = [...addresses, ...ports].flatMap((each) => objectOf(each, workload.namespace));
  const objects = [...read, ...read.flatMap((each) => writerOf(each, cluster))];
  const names = hostMatcher(store.service, cluster);
  return {
    objects,
    workload: {
      kind,
      namespace: workload.namespace,
      name: workload.name,
      isWritten: writtenTexts(consumer).some((text) => names(text, workload.namespace)),
      ports: ports.flatMap((each) =>
        "variable" in each && each.variable.source.kind === "env" ? placeOf(each.variable) : [],
      ),
      hosts: [...new Set(hosts.map(({ name }) => name))],
      reads: [...new Map(read.map((each) => [`${each.kind}/${each.name}`, each])).values()].map(
        ({ kind: of, namespace, name }) => ({ kind: of, namespace, name }),
      ),
    },
    obstacles: [
      ...addresses.flatMap((each) => managed(each, consumer, store)),
      ...ports.flatMap((each) => ("obstacle" in each ? [each.obstacle] : [])),
    ],
  };
}

const SWITCHABLE = ["Deployment", "StatefulSet", "DaemonSet", "CronJob"] as const;

function unchangeable({ workload }: Consumer): ApplicationPlaces["obstacles"][number] {
  return {
    why: `${subjectOf(workload.object)} belongs to nothing that starts it anew, so it would go on with the old address`,
    fix: "Delete it, or let a Deployment run it.",
  };
}

/** What the template itself says, unlike what its variables become. */
function writtenTexts({ workload }: Consumer): readonly string[] {
  const { containers = [], initContainers = [] } = workload.podSpec;
  return [...initContainers, ...containers].flatMap(({ env = [], command = [], args = [] }) => [
    ...env.flatMap(({ value }) => value ?? []),
    ...command,
    ...args,
  ]);
}

/** What writes it, and writes the new address once its template says so. */
function writerOf(
  { kind, namespace, name, entries }: ReadObject,
  cluster: ClusterView,
): readonly AddressObject[] {
  const writer = kind === "Secret" ? cluster.writerOf(namespace, name) : undefined;
  if (writer === undefined || !isTranslatable(writer)) return [];
  const remotes = entries.map(({ key }) => [key, remoteOf(writer, key) ?? key]);
  const external = { version: versionOf(writer), secret: name, remotes: Object.fromEntries(remotes) };
  return [{ kind: "ExternalSecret", namespace, name: writer.metadata.name, entries, external }];
}

function versionOf({ apiVersion }: KubeObject): string {
  return apiVersion.slice(apiVersion.indexOf("/") + 1);
}

/** What its template can replace a text with: engine v2, which every version but the first has. */
function isTranslatable(writer: KubeObject): boolean {
  const template = field(writer, "spec", "target", "template");
  const from = field(template, "templateFrom");
  return (
    /^external-secrets\.io\/v1(beta1)?$/.test(writer.apiVersion) &&
    field(template, "engineVersion") !== "v1" &&
    (!Array.isArray(from) || from.length === 0)
  );
}

/** Another program writes it, and would write it back. */
function managed(address: Address, consumer: Consumer, store: DataStore): ApplicationPlaces["obstacles"] {
  const { place } = address;
  if (place.kind !== "Secret" || place.writer === undefined || isTranslatable(place.writer)) return [];
  const { namespace } = consumer.workload;
  return [
    {
      why: `${subjectOf(place.writer)} writes key ${place.key} of Secret ${namespace}/${place.name} and would write the old address back`,
      fix:
        `Before the move, take the key out of it and keep it in a Secret that nothing writes, and let ${subjectOf(consumer.workload.object)} read it there. ` +
        `When the move is done, give it back to the secret manager with the new address. ${changeOf(address, consumer, store)}`,
    },
  ];
}

/** Variables that hold the host and nothing else: the port is another variable. */
function hostVariables(
  { workload }: Consumer,
  { service }: DataStore,
  cluster: ClusterView,
): readonly Variable[] {
  const host = hostExpression(serviceNames(service, cluster), workload.namespace);
  const pattern = new RegExp(`^\\s*${host}\\.?\\s*$`);
  return cluster.environmentOf(workload).filter(({ value }) => pattern.test(value));
}

type Port =
  | { readonly variable: Variable }
  | { readonly obstacle: ApplicationPlaces["obstacles"][number] }
  | { readonly composed: true };

/** `PGHOST` → `PGPORT`, `DATABASE_SERVER` → `DATABASE_PORT`, or the port stands where the host is composed into an address. */
function portOf(host: Variable, { workload }: Consumer, cluster: ClusterView): Port {
  const name = host.name.replace(/(HOST(NAME)?|SERVER|ADDR(ESS)?)$/i, "PORT");
  const variable = cluster
    .environmentOf(workload)
    .find((each) => each.container === host.container && each.name === name && name !== host.name);
  if (variable !== undefined) return { variable };
  if (writtenTexts({ workload, addresses: [] }).some((text) => text.includes(`$(${host.name})`))) {
    return { composed: true };
  }
  return {
    obstacle: {
      why: `${subjectOf(workload.object)}, container ${host.container}: ${host.name} holds the host, and no variable holds the port, which changes too`,
      fix: `Let the application take its port from ${name === host.name ? "a variable beside it" : name}, 5432 for now.`,
    },
  };
}

function placeOf({ container, name }: Variable): string {
  return `${container}/env/${name}`;
}

type ReadObject = AddressObject & { readonly kind: "Secret" | "ConfigMap" };

function objectOf(found: Address | Port, namespace: string): readonly ReadObject[] {
  if ("variable" in found) {
    const { source } = found.variable;
    return source.kind === "env"
      ? []
      : [{ kind: source.kind, namespace, name: source.name, entries: [{ key: source.key, holds: "port" }] }];
  }
  if (!("place" in found) || (found.place.kind !== "Secret" && found.place.kind !== "ConfigMap")) return [];
  const { kind, name, key } = found.place;
  return [{ kind, namespace, name, entries: [{ key, holds: "address" }] }];
}

/** Each object once, with all its keys. */
function merged(objects: readonly AddressObject[]): readonly AddressObject[] {
  const groups = Map.groupBy(objects, ({ kind, namespace, name }) => `${kind} ${namespace}/${name}`);
  return [...groups.entries()]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .flatMap(([, group]) => {
      const [first] = group;
      if (first === undefined) return [];
      const entries = new Map(group.flatMap((each) => each.entries).map((entry) => [entry.key, entry]));
      const sorted = [...entries.values()].sort((a, b) => (a.key < b.key ? -1 : 1));
      if (first.external === undefined) return [{ ...first, entries: sorted }];
      const remotes = Object.assign({}, ...group.map(({ external }) => external?.remotes));
      return [{ ...first, entries: sorted, external: { ...first.external, remotes } }];
    });
}
