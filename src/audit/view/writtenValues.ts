import type { AuditContext } from "../context.ts";
import { originOf, type Variable } from "./environment.ts";
import { subjectOf } from "./kube.ts";
import type { Workload } from "./workload.ts";

/** A value some processes see in their environment, by the object it is written in. */
export interface WrittenValue {
  /** The Secret or ConfigMap; the workload where it is written in the pod template. */
  readonly subject: string;
  readonly evidence: string;
  readonly variable: Variable;
}

/** Each value once, however many workloads read it: of the product's own, those that `matches`. */
export function writtenValues(
  context: AuditContext,
  matches: (variable: Variable) => boolean,
  workloads: readonly Workload[] = context.product.workloads,
): readonly WrittenValue[] {
  const read = workloads.flatMap((workload) =>
    context.cluster
      .environmentOf(workload)
      .filter(matches)
      .map((variable) => ({ workload, variable })),
  );
  return [...Map.groupBy(read, placeOf).values()].flatMap((readers) => {
    const [first] = readers;
    if (first === undefined) return [];
    const { variable, workload } = first;
    const { container, name, value, source } = variable;
    if (source.kind === "env") {
      const evidence = `container ${container}: ${name}=${value} (env)`;
      return [{ subject: subjectOf(workload.object), evidence, variable }];
    }
    const names = [...new Set(readers.map((reader) => subjectOf(reader.workload.object)))];
    return [
      {
        subject: `${source.kind} ${workload.namespace}/${source.name}`,
        evidence: `key ${source.key}: ${value}; read by ${names.join(", ")}`,
        variable,
      },
    ];
  });
}

function placeOf({
  workload,
  variable,
}: {
  readonly workload: Workload;
  readonly variable: Variable;
}): string {
  return variable.source.kind === "env"
    ? `${subjectOf(workload.object)} ${variable.container} ${variable.name}`
    : originOf(variable.source, workload.namespace);
}
