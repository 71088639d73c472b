import type { KubeObject } from "../../model/facts.ts";
import type { ObjectName } from "../intent.ts";
import type { ClusterView } from "./cluster.ts";
import { originOf, type Variable } from "./environment.ts";
import { type Container, subjectOf } from "./kube.ts";
import { mountedFiles, mountedSecrets } from "./mountedFiles.ts";
import { type HostMatcher, hostMatcher, serves } from "./serviceHost.ts";
import type { Workload } from "./workload.ts";

/** A workload that talks to a Service, and every place where it learns the Service's address. */
export interface Consumer {
  readonly workload: Workload;
  readonly addresses: readonly Address[];
}

export interface Address {
  /** `container web: DATABASE_URL=postgres://[redacted]@glaze-postgres:5432/glaze (env)` */
  readonly text: string;
  readonly container: string | null;
  readonly place: AddressPlace;
}

/** What must be changed for the consumer to look elsewhere. */
export type AddressPlace =
  /** The pod template: a plain value, or one composed from other variables. */
  | { readonly kind: "env"; readonly variable: Variable }
  | { readonly kind: "command" }
  | { readonly kind: "ConfigMap"; readonly name: string; readonly key: string }
  /** `writer` is the ExternalSecret behind it; it may compose the value in its own template. */
  | {
      readonly kind: "Secret";
      readonly name: string;
      readonly key: string;
      /** `null`: pods see it as a file. */
      readonly variable: Variable | null;
      readonly writer: KubeObject | undefined;
    };

/** Every workload, CronJob and Job whose environment, command line or mounted configuration names the Service. */
export function consumersOf(service: ObjectName, cluster: ClusterView): readonly Consumer[] {
  const names = hostMatcher(service, cluster);
  return cluster.workloads
    .filter((workload) => !serves(workload, service, cluster))
    .map((workload) => ({ workload, addresses: addressesIn(workload, names, cluster) }))
    .filter(({ addresses }) => addresses.length > 0);
}

function addressesIn(workload: Workload, names: HostMatcher, cluster: ClusterView): readonly Address[] {
  const { containers = [], initContainers = [] } = workload.podSpec;
  return [
    ...cluster
      .environmentOf(workload)
      .filter(({ value }) => names(value, workload.namespace))
      .map((variable) => addressOf(variable, workload.namespace, cluster)),
    ...[...initContainers, ...containers].flatMap((container) =>
      commandAddress(container, workload.namespace, names),
    ),
    ...mountedAddresses(workload, names, cluster),
    ...secretFiles(workload, names, cluster),
  ];
}

function addressOf(variable: Variable, namespace: string, cluster: ClusterView): Address {
  const { container, name, value, source } = variable;
  const text = `container ${container}: ${name}=${value} (${originOf(source, namespace)})`;
  if (source.kind === "env") return { text, container, place: { kind: "env", variable } };
  const { kind, name: object, key } = source;
  if (kind === "ConfigMap") return { text, container, place: { kind, name: object, key } };
  const writer = cluster.writerOf(namespace, object);
  return { text, container, place: { kind, name: object, key, variable, writer } };
}

function commandAddress(
  { name, command = [], args = [] }: Container,
  namespace: string,
  names: HostMatcher,
): readonly Address[] {
  const line = [...command, ...args].find((word) => names(word, namespace));
  if (line === undefined) return [];
  return [
    { text: `container ${name}: ${shortened(line)} (command)`, container: name, place: { kind: "command" } },
  ];
}

function mountedAddresses(workload: Workload, names: HostMatcher, cluster: ClusterView): readonly Address[] {
  return mountedFiles(workload, cluster).flatMap(({ configMap, key, text }) => {
    if (!names(text, workload.namespace)) return [];
    const line = text.split("\n").find((each) => names(each, workload.namespace)) ?? text;
    return [
      {
        text: `${subjectOf(configMap)}, file ${key}: ${shortened(line)}`,
        container: null,
        place: { kind: "ConfigMap", name: configMap.metadata.name, key },
      },
    ];
  });
}

/** A Secret mounted as files: one key may be seen by several containers, and is one place. */
function secretFiles(workload: Workload, names: HostMatcher, cluster: ClusterView): readonly Address[] {
  const { namespace } = workload;
  return mountedSecrets(workload, cluster).flatMap(({ secret, key, text }) => {
    if (!names(text, namespace)) return [];
    const writer = cluster.writerOf(namespace, secret);
    return [
      {
        text: `Secret ${namespace}/${secret}, file ${key}: ${shortened(text)}`,
        container: null,
        place: { kind: "Secret" as const, name: secret, key, variable: null, writer },
      },
    ];
  });
}

function shortened(text: string): string {
  const line = text.replaceAll(/\s+/g, " ").trim();
  return line.length <= 120 ? line : `${line.slice(0, 117)}…`;
}
