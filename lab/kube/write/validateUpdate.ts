import { type Fields, isFields, read, type Stored, same } from "../object.ts";
import type { FieldError } from "../refusal.ts";

/** What may not change any more once an object is there. */
export function validateUpdate(last: Stored, next: Stored): readonly FieldError[] {
  return IMMUTABLE[next.kind]?.(last, next) ?? [];
}

type Rule = (last: Stored, next: Stored) => readonly FieldError[];

const STATEFUL_SET_MUTABLE = [
  "replicas",
  "ordinals",
  "template",
  "updateStrategy",
  "revisionHistoryLimit",
  "persistentVolumeClaimRetentionPolicy",
  "minReadySeconds",
];

const POD_MUTABLE = [
  "containers",
  "initContainers",
  "tolerations",
  "terminationGracePeriodSeconds",
  "nodeName",
];

const IMMUTABLE: Readonly<Record<string, Rule>> = {
  Deployment: selector,
  DaemonSet: selector,
  ReplicaSet: selector,
  StatefulSet: (last, next) =>
    same(fixedPart(last, STATEFUL_SET_MUTABLE), fixedPart(next, STATEFUL_SET_MUTABLE))
      ? []
      : [
          forbidden(
            "spec",
            "updates to statefulset spec for fields other than 'replicas', 'ordinals', 'template', " +
              "'updateStrategy', 'revisionHistoryLimit', 'persistentVolumeClaimRetentionPolicy' and " +
              "'minReadySeconds' are forbidden",
          ),
        ],
  PersistentVolume: (last, next) => [...volumeSource(last, next), ...volumeAffinity(last, next)],
  PersistentVolumeClaim: claim,
  Pod: (last, next) =>
    same(fixedPart(last, POD_MUTABLE), fixedPart(next, POD_MUTABLE))
      ? []
      : [
          forbidden(
            "spec",
            "pod updates may not change fields other than `spec.containers[*].image`,`spec.initContainers[*].image`," +
              "`spec.activeDeadlineSeconds`,`spec.tolerations` (only additions to existing tolerations)," +
              "`spec.terminationGracePeriodSeconds` (allow it to be set to 1 if it was previously negative)",
          ),
        ],
  Job: (last, next) => immutable(last, next, ["spec", "template"]),
  Secret: isImmutable,
  ConfigMap: isImmutable,
  StorageClass: (last, next) => [
    ...immutable(last, next, ["provisioner"]),
    ...immutable(last, next, ["reclaimPolicy"]),
    ...immutable(last, next, ["volumeBindingMode"]),
  ],
};

function selector(last: Stored, next: Stored): readonly FieldError[] {
  return immutable(last, next, ["spec", "selector"]);
}

function immutable(last: Stored, next: Stored, path: readonly string[]): readonly FieldError[] {
  const [before, after] = [read(last, ...path), read(next, ...path)];
  if (same(before, after)) return [];
  const message = `Invalid value: ${JSON.stringify(after)}: field is immutable`;
  return [{ reason: "FieldValueInvalid", field: path.join("."), message }];
}

function isImmutable(last: Stored, next: Stored): readonly FieldError[] {
  if (last.immutable !== true || same(last.data, next.data)) return [];
  return [forbidden("data", "field is immutable when `immutable` is set")];
}

function volumeSource(last: Stored, next: Stored): readonly FieldError[] {
  const sourceOf = ({ spec }: Stored) => ({
    local: read(spec, "local"),
    hostPath: read(spec, "hostPath"),
    csi: read(spec, "csi"),
    nfs: read(spec, "nfs"),
  });
  if (same(sourceOf(last), sourceOf(next))) return [];
  return [
    forbidden("spec.persistentvolumesource", "spec.persistentvolumesource is immutable after creation"),
  ];
}

function volumeAffinity(last: Stored, next: Stored): readonly FieldError[] {
  const [before, after] = [read(last, "spec", "nodeAffinity"), read(next, "spec", "nodeAffinity")];
  if (before === undefined || same(before, after)) return [];
  const message = `Invalid value: ${JSON.stringify(asGo(after))}: field is immutable, except for updating from beta label to GA`;
  return [{ reason: "FieldValueInvalid", field: "nodeAffinity", message }];
}

/** Only more storage may be asked for, and a volume be bound. */
function claim(last: Stored, next: Stored): readonly FieldError[] {
  const mutable = ["resources", "volumeName", "volumeAttributesClassName"];
  if (same(fixedPart(last, mutable), fixedPart(next, mutable))) return [];
  const message =
    "spec is immutable after creation except resources.requests and volumeAttributesClassName for bound claims";
  return [forbidden("spec", message)];
}

function fixedPart({ spec }: Stored, mutable: readonly string[]): Fields {
  return Object.fromEntries(Object.entries((spec ?? {}) as Fields).filter(([key]) => !mutable.includes(key)));
}

function forbidden(field: string, message: string): FieldError {
  return { reason: "FieldValueForbidden", field, message: `Forbidden: ${message}` };
}

/** As the message prints it: the names of the internal Go struct, with what is nil. */
function asGo(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(asGo);
  if (!isFields(value)) return value;
  const entries = Object.entries(value).map(([key, inner]) => [
    key.charAt(0).toUpperCase() + key.slice(1),
    asGo(inner),
  ]);
  const named = Object.fromEntries(entries) as Fields;
  return "MatchExpressions" in named && !("MatchFields" in named) ? { ...named, MatchFields: null } : named;
}
