import type { KubeObject, SecretValue } from "../../model/facts.ts";
import { isValueAlone, templateData } from "./externalSecret.ts";
import { type Container, type EnvSource, type EnvVar, field } from "./kube.ts";
import type { ObjectIndex } from "./objectIndex.ts";
import type { Workload } from "./workload.ts";

/** One environment variable of a container, with where its value comes from. */
export interface Variable {
  readonly name: string;
  readonly container: string;
  /** The text with `$(OTHER)` filled in; what a Secret holds is shown as `[redacted]`, its URL without user and password. */
  readonly value: string;
  readonly source: ValueSource;
  /** The Secret or ConfigMap, or the key in it, is not among the facts. */
  readonly isUnknown: boolean;
  /** Composed from other variables: changing the Secret they come from does not change where this points. */
  readonly isComposed: boolean;
}

export type ValueSource =
  | { readonly kind: "env" }
  | { readonly kind: "Secret" | "ConfigMap"; readonly name: string; readonly key: string };

/** As `kubectl` users say it: `env`, `Secret default/glaze-env key DATABASE_URL`. */
export function originOf(source: ValueSource, namespace: string): string {
  return source.kind === "env" ? "env" : `${source.kind} ${namespace}/${source.name} key ${source.key}`;
}

/** The environment of every container of a workload, as its processes see it. */
export function environmentOf(workload: Workload, index: ObjectIndex): readonly Variable[] {
  const { containers = [], initContainers = [] } = workload.podSpec;
  return [...initContainers, ...containers].flatMap((container) =>
    containerEnvironment(container, workload.namespace, index),
  );
}

/** `env` wins over `envFrom`, later over earlier, as in a real pod. */
function containerEnvironment(
  container: Container,
  namespace: string,
  index: ObjectIndex,
): readonly Variable[] {
  const variables = new Map<string, Variable>();
  for (const source of container.envFrom ?? []) {
    for (const variable of fromSource(source, container.name, namespace, index)) {
      variables.set(variable.name, variable);
    }
  }
  for (const entry of container.env ?? []) {
    const variable = fromEntry(entry, container.name, namespace, index, variables);
    if (variable !== null) variables.set(variable.name, variable);
  }
  return [...variables.values()];
}

function fromSource(
  { prefix = "", secretRef, configMapRef }: EnvSource,
  container: string,
  namespace: string,
  index: ObjectIndex,
): readonly Variable[] {
  const kind = secretRef === undefined ? "ConfigMap" : "Secret";
  const name = (secretRef ?? configMapRef)?.name;
  if (name === undefined) return [];
  return Object.entries(dataOf(kind, namespace, name, index)).map(([key, value]) => ({
    name: `${prefix}${key}`,
    container,
    value: plain(value),
    source: { kind, name, key },
    isUnknown: false,
    isComposed: false,
  }));
}

function fromEntry(
  { name, value, valueFrom }: EnvVar,
  container: string,
  namespace: string,
  index: ObjectIndex,
  known: ReadonlyMap<string, Variable>,
): Variable | null {
  if (value !== undefined) {
    const text = plain(value);
    const isComposed = /\$\([\w.-]+\)/.test(text);
    return {
      name,
      container,
      value: expand(text, known),
      source: { kind: "env" },
      isUnknown: false,
      isComposed,
    };
  }
  const kind = valueFrom?.secretKeyRef === undefined ? "ConfigMap" : "Secret";
  const ref = valueFrom?.secretKeyRef ?? valueFrom?.configMapKeyRef;
  if (ref?.name === undefined) return null;
  const data = dataOf(kind, namespace, ref.name, index);
  return {
    name,
    container,
    value: plain(data[ref.key]),
    source: { kind, name: ref.name, key: ref.key },
    isUnknown: data[ref.key] === undefined,
    isComposed: false,
  };
}

/** Kubernetes fills in what was named before; `$$(X)` stays `$(X)`. */
function expand(text: string, known: ReadonlyMap<string, Variable>): string {
  return text.replace(/\$(\$?)\(([\w.-]+)\)/g, (whole, escaped: string, name: string) =>
    escaped === "$" ? `$(${name})` : (known.get(name)?.value ?? whole),
  );
}

/**
 * What a Secret or ConfigMap holds. A Secret's keys may be in `data` (redacted) or, in manifests, in
 * `stringData` (redacted too); those that an ExternalSecret composes are written in its template.
 */
function dataOf(
  kind: "Secret" | "ConfigMap",
  namespace: string,
  name: string,
  index: ObjectIndex,
): Readonly<Record<string, unknown>> {
  const object = index.find(kind, namespace, name);
  const data = field(object, "data") ?? {};
  const stringData = field(object, "stringData") ?? {};
  const templates = Object.entries(kind === "Secret" ? templateData(index.writerOf(namespace, name)) : {});
  const alone = templates.filter(([, template]) => isValueAlone(template));
  const composed = templates.filter(([, template]) => !isValueAlone(template));
  const known = { ...(data as Record<string, unknown>), ...(stringData as Record<string, unknown>) };
  return { ...Object.fromEntries(alone), ...known, ...Object.fromEntries(composed) };
}

/** What a Secret holds, told as a variable's value is told. */
export function secretTexts(
  namespace: string,
  name: string,
  index: ObjectIndex,
): Readonly<Record<string, string>> {
  const pairs = Object.entries(dataOf("Secret", namespace, name, index));
  return Object.fromEntries(pairs.map(([key, value]) => [key, plain(value)]));
}

/** The keys a Secret has, in `data` or `stringData`. */
export function dataKeys(object: KubeObject): readonly string[] {
  return Object.keys({ ...(field(object, "data") ?? {}), ...(field(object, "stringData") ?? {}) });
}

function plain(value: unknown): string {
  if (typeof value === "string") return value;
  const { url, service = "[redacted]" } = (value ?? {}) as Partial<SecretValue>;
  if (url === undefined) return service;
  const query = Object.entries(url.parameters ?? {}).map(([key, text]) => `${key}=${text}`);
  const port = url.port === null ? "" : `:${url.port}`;
  return `${url.scheme}://[redacted]@${url.host}${port}${url.path}${query.length === 0 ? "" : `?${query.join("&")}`}`;
}
