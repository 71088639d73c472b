import { type Fields, isFields, read, type Stored } from "../object.ts";
import type { FieldError } from "../refusal.ts";
import { matchesSelector } from "../selectors.ts";

/** What is wrong with an object by itself; the few rules the plan could break. */
export function validate(object: Stored): readonly FieldError[] {
  return [...nameErrors(object), ...(VALIDATIONS[object.kind]?.(object) ?? [])];
}

const VALIDATIONS: Readonly<Record<string, (object: Stored) => readonly FieldError[]>> = {
  Deployment: workload,
  ReplicaSet: workload,
  StatefulSet: workload,
  DaemonSet: workload,
  Pod: ({ spec }) => podSpec(spec, "spec", []),
  PersistentVolumeClaim: ({ spec }) => [
    ...required(spec, "spec.accessModes", ["accessModes"]),
    ...required(spec, "spec.resources[storage]", ["resources", "requests", "storage"]),
  ],
  Secret: ({ data }) =>
    Object.entries((data ?? {}) as Fields)
      .filter(([key]) => !/^[-._a-zA-Z0-9]+$/.test(key))
      .map(([key]) => invalidKey("data", key)),
};

function nameErrors({ kind, metadata }: Stored): readonly FieldError[] {
  const { name } = metadata;
  if (kind.includes("Role") || /^[a-z0-9]([-a-z0-9.]*[a-z0-9])?$/.test(name)) return [];
  const message =
    `Invalid value: ${JSON.stringify(name)}: a lowercase RFC 1123 subdomain must consist of lower case ` +
    "alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character " +
    "(e.g. 'example.com', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')";
  return [{ reason: "FieldValueInvalid", field: "metadata.name", message }];
}

function workload({ spec }: Stored): readonly FieldError[] {
  const replicas = read<number>(spec, "replicas") ?? 0;
  const labels = read<Record<string, string>>(spec, "template", "metadata", "labels") ?? {};
  const claims = read<readonly Fields[]>(spec, "volumeClaimTemplates") ?? [];
  return [
    ...(replicas < 0 ? [negative(replicas)] : []),
    ...(matchesSelector(read(spec, "selector"), labels) ? [] : [mismatch(labels)]),
    ...podSpec(
      read(spec, "template", "spec"),
      "spec.template.spec",
      claims.map((claim) => read<string>(claim, "metadata", "name") ?? ""),
    ),
  ];
}

function podSpec(spec: unknown, path: string, claims: readonly string[]): readonly FieldError[] {
  const containers = read<readonly Fields[]>(spec, "containers") ?? [];
  if (containers.length === 0) return [missing(`${path}.containers`)];
  const volumes = (read<readonly Fields[]>(spec, "volumes") ?? []).map(({ name }) => name);
  const known = new Set<unknown>([...volumes, ...claims]);
  return containers.flatMap((container, index) => [
    ...(container.name === undefined ? [missing(`${path}.containers[${index}].name`)] : []),
    ...((container.volumeMounts ?? []) as readonly Fields[]).flatMap(({ name }, mount) =>
      known.has(name)
        ? []
        : [unknownVolume(`${path}.containers[${index}].volumeMounts[${mount}].name`, name)],
    ),
  ]);
}

function negative(replicas: number): FieldError {
  const message = `Invalid value: ${replicas}: must be greater than or equal to 0`;
  return { reason: "FieldValueInvalid", field: "spec.replicas", message };
}

function mismatch(labels: Readonly<Record<string, string>>): FieldError {
  const message = `Invalid value: ${JSON.stringify(labels)}: \`selector\` does not match template \`labels\``;
  return { reason: "FieldValueInvalid", field: "spec.template.metadata.labels", message };
}

function unknownVolume(field: string, name: unknown): FieldError {
  return { reason: "FieldValueNotFound", field, message: `Not found: ${JSON.stringify(name)}` };
}

function invalidKey(field: string, key: string): FieldError {
  const message = `Invalid value: ${JSON.stringify(key)}: a valid config key must consist of alphanumeric characters, '-', '_' or '.'`;
  return { reason: "FieldValueInvalid", field: `${field}[${key}]`, message };
}

function required(spec: unknown, field: string, path: readonly string[]): readonly FieldError[] {
  const value = read(spec, ...path);
  const isMissing = value === undefined || (Array.isArray(value) && value.length === 0);
  return isFields(spec) && isMissing ? [missing(field)] : [];
}

function missing(field: string): FieldError {
  return { reason: "FieldValueRequired", field, message: "Required value" };
}
