/** A JSON Schema, draft 7: the newest that every editor's YAML plugin understands. */
export type Schema = Readonly<Record<string, unknown>>;

/** A mapping with these keys and no others. */
export function mapping(
  properties: Readonly<Record<string, Schema>>,
  required: readonly string[] = [],
): Schema {
  return {
    type: "object",
    properties,
    additionalProperties: false,
    ...(required.length === 0 ? {} : { required }),
  };
}

export const TEXT: Schema = { type: "string", pattern: "\\S" };

const NUMBER = "\\d+(\\.\\d+)?";

export const PERCENT: Schema = {
  type: "string",
  pattern: `^\\s*${NUMBER}\\s*%\\s*$`,
  description: "A percentage: 60%.",
};

const UNITS = "(ms|sec|s|min|m|h|d)";
const STRETCH = `(${NUMBER}\\s*${UNITS}(?![a-z])\\s*)+`;

/** One digit is not 0. */
const ABOVE_ZERO: Schema = { allOf: [{ pattern: "[1-9]" }] };

export const DURATION: Schema = {
  type: "string",
  pattern: `^\\s*${STRETCH}$`,
  ...ABOVE_ZERO,
  description: "A duration with its unit: 30s, 5m, 1h 30m.",
};

/** A threshold may be zero. */
export const SECONDS: Schema = {
  type: "string",
  pattern: `^\\s*${STRETCH}$`,
  description: "A duration with its unit: 500ms, 2m.",
};

export const COUNT: Schema = { type: "number", minimum: 0, description: "A number without a unit." };

export const EVENTS: Schema = {
  anyOf: [
    { type: "integer", minimum: 1 },
    { type: "string", pattern: `^\\s*0*[1-9]\\d*\\s+(per|in)\\s+${STRETCH}$` },
  ],
  description: "So many events in a trailing window: 3 per 60m.",
};

export const BYTES: Schema = {
  type: "string",
  pattern: `^\\s*${NUMBER}\\s*(B|kB|KB|MB|GB|KiB|Ki|MiB|Mi|GiB|Gi)\\s*$`,
  ...ABOVE_ZERO,
  description: "A size with its unit: 512MiB.",
};

export const CLOCK: Schema = { type: "string", pattern: "^((0?\\d|1\\d|2[0-3]):[0-5]\\d|24:00)$" };

const DNS = "[a-z0-9]([-a-z0-9.]*[a-z0-9])?";
export const HOST_NAME = `^${DNS}$`;
export const OBJECT_REF: Schema = {
  type: "string",
  pattern: `^${DNS}/${DNS}$`,
  description: "namespace/name",
};

const OCTET = "([01]?\\d?\\d|2[0-4]\\d|25[0-5])";
export const ADDRESS: Schema = {
  type: "string",
  pattern: `^${OCTET}(\\.${OCTET}){3}$`,
  description: "An IPv4 address.",
};

export const LABELS: Schema = {
  type: "object",
  minProperties: 1,
  propertyNames: { pattern: "^[A-Za-z_][A-Za-z0-9_]*$" },
  additionalProperties: { type: ["string", "number", "boolean"] },
  description: "Labels that narrow the series; =~, !~ and != may begin a value.",
};

export const HEADER_NAME = "^[A-Za-z0-9!#$%&'*+.^_`|~-]+$";

/** A secret is only ever pointed at. */
export const SECRET: Schema = {
  anyOf: [mapping({ env: TEXT }, ["env"]), mapping({ file: TEXT }, ["file"])],
  description: "Where the secret is: { env: NAME } or { file: PATH }.",
};
