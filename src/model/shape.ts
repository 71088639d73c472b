/** What a value from outside must look like before anybody reads it; what is not mentioned may be anything. */
export type Shape =
  | "text"
  | "number"
  | "boolean"
  | "object"
  | "list"
  /** A text, a number or a boolean: what YAML makes of a word is no matter. */
  | "scalar"
  | { readonly list: Shape }
  | { readonly map: Shape }
  /** Each field may be absent or `null`. */
  | { readonly fields: Readonly<Record<string, Shape>> }
  /** Each field must be there. */
  | { readonly whole: Readonly<Record<string, Shape>> }
  | { readonly orNull: Shape };

/** The first place that does not fit. */
export interface Misfit {
  readonly path: readonly (string | number)[];
  /** `must be a list` */
  readonly problem: string;
}

export function misfitOf(value: unknown, shape: Shape, path: Misfit["path"] = []): Misfit | null {
  if (typeof shape === "string") return FITS[shape](value) ? null : { path, problem: PROBLEMS[shape] };
  if ("orNull" in shape) return value === null ? null : misfitOf(value, shape.orNull, path);
  if ("list" in shape) {
    if (!Array.isArray(value)) return { path, problem: PROBLEMS.list };
    return first(
      value.map((each, index) => [index, each]),
      () => shape.list,
      path,
    );
  }
  if (!FITS.object(value)) return { path, problem: PROBLEMS.object };
  const object = value as Readonly<Record<string, unknown>>;
  if ("map" in shape) return first(Object.entries(object), () => shape.map, path);
  const fields = "whole" in shape ? shape.whole : shape.fields;
  const entries = Object.keys(fields).map((key): [string, unknown] => [key, object[key]]);
  const asked =
    "whole" in shape ? entries : entries.filter(([, each]) => each !== undefined && each !== null);
  return first(asked, (key) => fields[key] ?? "object", path);
}

function first<K extends string | number>(
  entries: readonly (readonly [K, unknown])[],
  shapeOf: (key: K) => Shape,
  path: Misfit["path"],
): Misfit | null {
  for (const [key, value] of entries) {
    const misfit = misfitOf(value, shapeOf(key), [...path, key]);
    if (misfit !== null) return misfit;
  }
  return null;
}

const FITS: Readonly<Record<Extract<Shape, string>, (value: unknown) => boolean>> = {
  text: (value) => typeof value === "string",
  number: (value) => typeof value === "number",
  boolean: (value) => typeof value === "boolean",
  object: (value) => typeof value === "object" && value !== null && !Array.isArray(value),
  list: Array.isArray,
  scalar: (value) => ["string", "number", "boolean"].includes(typeof value),
};

const PROBLEMS: Readonly<Record<Extract<Shape, string>, string>> = {
  text: "must be a text",
  number: "must be a number",
  boolean: "must be true or false",
  object: "must be a mapping",
  list: "must be a list",
  scalar: "must be a single value",
};

/** `spec.template.spec.containers[0].args` */
export function pathText(path: Misfit["path"]): string {
  return path
    .map((key, index) => (typeof key === "number" ? `[${key}]` : index === 0 ? key : `.${key}`))
    .join("");
}
