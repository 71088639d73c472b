import { OutgrowError } from "../model/error.ts";
import { isOutput, type Resolved } from "../model/reference.ts";
import type { Standing } from "./standing.ts";

/** Puts the outputs of earlier steps in their places. Throws `journal` when one is not there: a step was begun too soon. */
export function resolveOutputs<T>(params: T, standing: Standing): Resolved<T> {
  return resolved(params, standing) as Resolved<T>;
}

function resolved(value: unknown, standing: Standing): unknown {
  if (isOutput(value)) return outputOf(value.from, value.output, standing);
  if (Array.isArray(value)) return value.map((inner) => resolved(inner, standing));
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, resolved(inner, standing)]));
}

function outputOf(from: string, output: string, standing: Standing): unknown {
  const outputs = standing.get(from)?.outputs;
  const value = (outputs as Readonly<Record<string, unknown>> | null | undefined)?.[output];
  if (value !== undefined) return value;
  throw new OutgrowError("journal", `The step ${from} has not given out its ${output} yet.`);
}
