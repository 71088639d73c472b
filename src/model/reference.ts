declare const type: unique symbol;

/** What an earlier step will give out, by name: put in its place just before the step that needs it. */
export interface OutputOf<T> {
  /** The id of the step, `node-create/glaze-worker-1`. */
  readonly from: string;
  readonly output: string;
  readonly [type]?: T;
}

/** A value that is known when the plan is made, or the output of an earlier step. */
export type Given<T> = T | OutputOf<T>;

/** The same with every output put in its place. */
export type Resolved<T> =
  T extends OutputOf<infer V>
    ? V
    : T extends string | number | boolean | null | undefined
      ? T
      : { readonly [K in keyof T]: Resolved<T[K]> };

export function isOutput(value: unknown): value is OutputOf<unknown> {
  return (
    typeof value === "object" &&
    value !== null &&
    Object.keys(value).length === 2 &&
    "from" in value &&
    "output" in value
  );
}
