import type { KubeObject, SecretValue } from "../../model/facts.ts";
import type { ClusterView } from "./cluster.ts";
import { type Container, type EnvSource, type EnvVar, field } from "./kube.ts";
import type { Workload } from "./workload.ts";

/** One environment variable of a container, with where its value comes from. */
export interface Variable {
  readonly name: string;
  readonly container: string;
  /** The text with `$(OTHER)` filled in; what a Secret holds is shown as `[redacted]`, its URL without user and password. */
  readonly value: string;
  /** As `kubectl` users say it: `env`, `Secret default/glaze-env key DATABASE_URL`, … */
  readonly origin: string;
  /** Composed from other variables: changing the Secret they come from does not change where this points. */
  readonly isComposed: boolean;
}

/** The environment of every container of a workload, as its processes see it. */
export function environmentOf(workload: Workload, cluster: ClusterView): readonly Variable[] {
  const { containers = [], initContainers = [] } = workload.podSpec;
  return [...initContainers, ...containers].flatMap((container) =>
    containerEnvironment(container, workload.namespace, cluster),
  );
}

/** `env` wins over `envFrom`, later over earlier, as in a real pod. */
function containerEnvironment(
  container: Container,
  namespace: string,
  cluster: ClusterView,
): readonly Variable[] {
  const variables = new Map<string, Variable>();
  for (const source of container.envFrom ?? []) {
    for (const variable of fromSource(source, container.name, namespace, cluster)) {
      variables.set(variable.name, variable);
    }
  }
  for (const entry of container.env ?? []) {
    const variable = fromEntry(entry, container.name, namespace, cluster, variables);
    if (variable !== null) variables.set(variable.name, variable);
  }
  return [...variables.values()];
}

function fromSource(
  { prefix = "", secretRef, configMapRef }: EnvSource,
  container: string,
  namespace: string,
  cluster: ClusterView,
): readonly Variable[] {
  const [kind, name] =
    secretRef === undefined ? ["ConfigMap", configMapRef?.name] : ["Secret", secretRef.name];
  if (name === undefined) return [];
  return Object.entries(dataOf(cluster.find(kind, namespace, name))).map(([key, value]) => ({
    name: `${prefix}${key}`,
    container,
    value: plain(value),
    origin: `${kind} ${namespace}/${name} key ${key}`,
    isComposed: false,
  }));
}

function fromEntry(
  { name, value, valueFrom }: EnvVar,
  container: string,
  namespace: string,
  cluster: ClusterView,
  known: ReadonlyMap<string, Variable>,
): Variable | null {
  if (value !== undefined) {
    const isComposed = /\$\([\w.-]+\)/.test(value);
    return { name, container, value: expand(value, known), origin: "env", isComposed };
  }
  const [kind, ref] =
    valueFrom?.secretKeyRef === undefined
      ? ["ConfigMap", valueFrom?.configMapKeyRef]
      : ["Secret", valueFrom.secretKeyRef];
  if (ref?.name === undefined) return null;
  const data = dataOf(cluster.find(kind, namespace, ref.name));
  const origin = `${kind} ${namespace}/${ref.name} key ${ref.key}`;
  return { name, container, value: plain(data[ref.key]), origin, isComposed: false };
}

/** Kubernetes fills in what was named before; `$$(X)` stays `$(X)`. */
function expand(text: string, known: ReadonlyMap<string, Variable>): string {
  return text.replace(/\$(\$?)\(([\w.-]+)\)/g, (whole, escaped: string, name: string) =>
    escaped === "$" ? `$(${name})` : (known.get(name)?.value ?? whole),
  );
}

/** A Secret's keys may be in `data` (redacted) or, in manifests, in `stringData` (redacted too). */
function dataOf(object: KubeObject | undefined): Readonly<Record<string, unknown>> {
  const data = field(object, "data") ?? {};
  const stringData = field(object, "stringData") ?? {};
  return { ...(data as Record<string, unknown>), ...(stringData as Record<string, unknown>) };
}

function plain(value: unknown): string {
  if (typeof value === "string") return value;
  const url = (value as SecretValue | undefined)?.url;
  if (url === undefined) return "[redacted]";
  return `${url.scheme}://[redacted]@${url.host}${url.port === null ? "" : `:${url.port}`}${url.path}`;
}
