import { type Fields, read, type Stored } from "../object.ts";
import { matchesSelector } from "../selectors.ts";

export interface Toleration {
  readonly key?: string;
  readonly operator?: string;
  readonly value?: string;
  readonly effect?: string;
}

interface Taint {
  readonly key: string;
  readonly value?: string;
  readonly effect: string;
}

export function toleratesOf(pod: Stored): readonly Toleration[] {
  return read<readonly Toleration[]>(pod, "spec", "tolerations") ?? [];
}

/** Whether a node has a taint that keeps a pod away. */
export function repels(node: Stored, tolerations: readonly Toleration[]): boolean {
  const taints = read<readonly Taint[]>(node, "spec", "taints") ?? [];
  return taints
    .filter(({ effect }) => effect !== "PreferNoSchedule")
    .some((taint) => !tolerations.some((toleration) => isTolerated(taint, toleration)));
}

function isTolerated(taint: Taint, { key, operator = "Equal", value = "", effect }: Toleration): boolean {
  if (effect !== undefined && effect !== "" && effect !== taint.effect) return false;
  if (key === undefined || key === "") return operator === "Exists";
  return key === taint.key && (operator === "Exists" || value === (taint.value ?? ""));
}

interface Term {
  readonly matchExpressions?: readonly Fields[];
  readonly matchFields?: readonly Fields[];
}

/** `nodeName`, `nodeSelector` and required node affinity. */
export function wantsNode(pod: Stored, node: Stored): boolean {
  const labels = node.metadata.labels ?? {};
  const wanted = read<Record<string, string>>(pod, "spec", "nodeSelector") ?? {};
  const terms = read<readonly Term[]>(
    pod,
    "spec",
    "affinity",
    "nodeAffinity",
    "requiredDuringSchedulingIgnoredDuringExecution",
    "nodeSelectorTerms",
  );
  return (
    Object.entries(wanted).every(([key, value]) => labels[key] === value) &&
    (terms === undefined || matchesTerms(terms, node))
  );
}

export function matchesTerms(terms: readonly Term[], node: Stored): boolean {
  const fields = { "metadata.name": node.metadata.name };
  return terms.some(
    ({ matchExpressions = [], matchFields = [] }) =>
      matchesSelector({ matchExpressions }, node.metadata.labels ?? {}) &&
      matchesSelector({ matchExpressions: matchFields }, fields),
  );
}
