import type { Address, Consumer } from "./consumers.ts";
import { remoteOf, templateData } from "./externalSecret.ts";
import { subjectOf } from "./kube.ts";
import type { DataStore } from "./stores.ts";
import type { Workload } from "./workload.ts";

/** The new address is one value of one Secret that nothing else composes: the switch alone changes it. */
export function followsSecret({ place }: Address): boolean {
  return place.kind === "Secret" && templateData(place.writer)[place.key] === undefined;
}

/** What must be changed so that a consumer finds the store at its new address. */
export function changeOf(address: Address, { workload }: Consumer, store: DataStore): string {
  const { place, container } = address;
  const where = `${subjectOf(workload.object)}, container ${container}`;
  const next = newAddress(address, store);
  switch (place.kind) {
    case "command":
      return `In ${where}, take the address from a variable that comes from a Secret instead of the command line.`;
    case "ConfigMap":
      return `At the switch write ${next.value} into ConfigMap ${workload.namespace}/${place.name} key ${place.key}, or better take it from a Secret${next.beside}; then ${restartOf(workload)}.`;
    case "Secret":
      return secretChange(place, workload, next);
    case "env":
      return envChange(place.variable.name, where, secretNameOf(workload, store), next);
  }
}

function envChange(variable: string, where: string, secret: string, next: NewAddress): string {
  return (
    `In ${where}, replace the entry ${variable} by this one, and keep ${next.value} there from the switch on${next.beside}:\n` +
    `- name: ${variable}\n  valueFrom: { secretKeyRef: { name: ${secret}, key: ${variable} } }`
  );
}

/** The Secret a workload reads already, or one to make. */
function secretNameOf({ podSpec }: Workload, { service }: DataStore): string {
  const names = [...(podSpec.containers ?? []), ...(podSpec.initContainers ?? [])].flatMap(
    ({ envFrom = [], env = [] }) => [
      ...envFrom.map(({ secretRef }) => secretRef?.name),
      ...env.map(({ valueFrom }) => valueFrom?.secretKeyRef?.name),
    ],
  );
  return names.find((name) => name !== undefined) ?? `${service.name}-address`;
}

function secretChange(
  { name, key, writer }: Extract<Address["place"], { kind: "Secret" }>,
  workload: Workload,
  next: NewAddress,
): string {
  const { namespace } = workload;
  if (writer === undefined) {
    return `At the switch write ${next.value} into Secret ${namespace}/${name} key ${key}${next.beside}; then ${restartOf(workload)}.`;
  }
  if (templateData(writer)[key] !== undefined) {
    return `In ${subjectOf(writer)}, spec.target.template.data.${key}, take the whole address from the secret manager: "{{ .${key} }}".`;
  }
  const remote = remoteOf(writer, key) ?? key;
  return `At the switch write ${next.value} into ${remote} of the secret manager${next.beside}; kubectl -n ${namespace} annotate externalsecret ${writer.metadata.name} force-sync=$(date +%s) --overwrite; then ${restartOf(workload)}.`;
}

/** Processes read their environment once. */
export function restartOf({ kind, namespace, name }: Workload): string {
  return ["Deployment", "StatefulSet", "DaemonSet"].includes(kind)
    ? `kubectl -n ${namespace} rollout restart ${kind.toLowerCase()} ${name}`
    : `its next run takes it`;
}

/** As the managed store wants it: a URL whole; a host alone, with what changes beside it. */
interface NewAddress {
  readonly value: string;
  readonly beside: string;
}

function newAddress({ text }: Address, { kind, size }: DataStore): NewAddress {
  const isUrl = text.includes("://");
  const path = /:\/\/[^/\s]+\/([\w-]+)/.exec(text)?.[1];
  if (kind === "postgres") {
    return isUrl
      ? { value: `postgres://USER:PASSWORD@HOST:25060/${path ?? "DATABASE"}?sslmode=require`, beside: "" }
      : { value: "HOST", beside: "; port (25060), user, password and sslmode (require) change with it" };
  }
  if (size === null) {
    return {
      value: `sentinel://HOST:26379/${path ?? "0"}`,
      beside: "; name every Sentinel, and master_name",
    };
  }
  return isUrl
    ? { value: `rediss://default:PASSWORD@HOST:25061/${path ?? "0"}?ssl_cert_reqs=required`, beside: "" }
    : { value: "HOST", beside: "; port (25061), password and TLS change with it" };
}
