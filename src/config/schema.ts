import { WEEKDAYS } from "../model/usageHours.ts";
import { CATALOGUE } from "../signals/catalogue.ts";
import {
  ADDRESS,
  BYTES,
  CLOCK,
  DURATION,
  HEADER_NAME,
  HOST_NAME,
  LABELS,
  mapping,
  OBJECT_REF,
  type Schema,
  SECRET,
  TEXT,
} from "./schemaParts.ts";
import { knownSignal, ownSignal } from "./signalSchema.ts";

/**
 * `outgrow.yaml` as a JSON Schema, for editors. It refuses what is wrong by itself: keys, kinds, units.
 * What only shows beside something else (Watch above Act, unknown zones) is the parser's alone.
 */
export function configSchema(): Schema {
  return {
    $schema: "http://json-schema.org/draft-07/schema#",
    title: "outgrow.yaml",
    ...mapping(
      {
        version: { const: 1, description: "The version of this file's format." },
        cluster,
        metrics,
        usageHours,
        trigger,
        signals,
        workloads: mapping({ web: workload, worker: workload }),
        postgres: mapping({ service: OBJECT_REF, database: TEXT, user: TEXT, password: SECRET }, ["service"]),
        redis: mapping({ service: OBJECT_REF, limit: { ...BYTES, default: "1GiB" } }, ["service"]),
        hosts,
        target: mapping({ hosts, postgres: anyStore(managed, endpoint), redis: anyStore(managed, sentinel) }),
        cloud: { anyOf: [{ const: "static" }, mapping({ digitalocean }, ["digitalocean"])] },
        secrets: mapping({ infisical }, ["infisical"]),
        repository: mapping({
          path: { ...TEXT, default: "." },
          chart: TEXT,
          workflow: TEXT,
          k3sConfig: TEXT,
        }),
      },
      ["version", "cluster", "metrics"],
    ),
  };
}

const cluster = mapping({ name: TEXT, kubeconfig: TEXT, context: TEXT }, ["name"]);

/** Headers that hold a secret by their name must point at it. */
const SECRET_HEADER =
  "^([Aa]uthorization|AUTHORIZATION|[Cc]ookie|COOKIE|[Pp]roxy-[Aa]uthorization|PROXY-AUTHORIZATION)$|[Tt]oken|TOKEN|[Ss]ecret|SECRET|[Kk]ey|KEY";

const prometheus: Schema = {
  ...mapping(
    {
      url: {
        type: "string",
        pattern: "^[Hh][Tt][Tt][Pp][Ss]?://[^/?#@]+(/[^?#]*)?$",
        description: "The base of the API, to which /api/v1/query is appended.",
      },
      username: {
        type: ["string", "number"],
        description: "Grafana Cloud: the number of the metrics instance.",
      },
      password: SECRET,
      bearer: SECRET,
      headers: {
        type: "object",
        minProperties: 1,
        propertyNames: { pattern: HEADER_NAME },
        patternProperties: { [SECRET_HEADER]: SECRET },
        additionalProperties: { anyOf: [TEXT, SECRET] },
      },
      caFile: { ...TEXT, description: "A PEM file of a private certificate authority." },
      timeout: { ...DURATION, default: "30s" },
      match: LABELS,
    },
    ["url"],
  ),
  dependencies: {
    username: ["password"],
    password: ["username"],
    bearer: { not: { required: ["username"] } },
  },
};

const metrics: Schema = { anyOf: [{ const: "direct" }, mapping({ prometheus }, ["prometheus"])] };

const usageHours = mapping({
  timeZone: {
    ...TEXT,
    pattern: "^\\s*[A-Za-z]",
    default: "UTC",
    description: "An IANA zone: America/New_York.",
  },
  days: { type: "array", items: { enum: WEEKDAYS }, minItems: 1 },
  from: { ...CLOCK, default: "00:00" },
  to: { ...CLOCK, default: "24:00", description: "Before `from`, it runs over midnight." },
});

const trigger = mapping({
  atLeast: {
    type: "integer",
    minimum: 1,
    default: 2,
    description: "How many signals must be sustained at Act at the same instant.",
  },
  sustained: { ...DURATION, default: "30m", description: "How long a breach must hold." },
  interval: { ...DURATION, default: "1m", description: "Between two evaluations." },
});

const signals: Schema = {
  type: "object",
  properties: Object.fromEntries(CATALOGUE.map((definition) => [definition.id, knownSignal(definition)])),
  additionalProperties: ownSignal,
  propertyNames: { pattern: "^[a-z][a-z0-9-]*$" },
};

const workload = mapping({ deployment: OBJECT_REF, container: TEXT, service: TEXT }, ["deployment"]);

const hosts: Schema = {
  type: "object",
  propertyNames: { pattern: HOST_NAME },
  additionalProperties: mapping(
    { role: { enum: ["server", "agent"] }, ssh: TEXT, privateAddress: ADDRESS, size: TEXT },
    ["role"],
  ),
};

const managed = mapping({ managed: mapping({ size: TEXT }, ["size"]) }, ["managed"]);

const endpoint = mapping(
  {
    at: mapping(
      {
        host: { ...TEXT, description: "As the cluster's hosts reach it: its private name." },
        port: { type: "integer", minimum: 1, default: 5432 },
        database: { ...TEXT, default: "postgres", description: "The one that is always there: defaultdb." },
        user: { ...TEXT, description: "Its administrator: doadmin." },
        password: SECRET,
        tls: { enum: ["off", "require", "verify"], description: "verify where ca is given, else require." },
        ca: { ...TEXT, description: "A file with the certificate of its authority." },
      },
      ["host", "user", "password"],
    ),
    onlineMigration: {
      ...mapping({ digitalocean: TEXT }, ["digitalocean"]),
      description:
        "The id of that database there: where we may not subscribe, their own migration copies and follows.",
    },
  },
  ["at"],
);

/** Two halves of an even number can never outvote one another. */
const evenLengths = [4, 6, 8].map((length) => ({ minItems: length, maxItems: length }));
const voters: Schema = { type: "array", items: TEXT, minItems: 3, not: { anyOf: evenLengths } };
const sentinel = mapping({ sentinel: mapping({ voters }, ["voters"]) }, ["sentinel"]);

function anyStore(...shapes: readonly Schema[]): Schema {
  return { anyOf: [{ const: "stay" }, ...shapes] };
}

const digitalocean = mapping({ region: TEXT, token: SECRET }, ["region", "token"]);

const INFISICAL_KEYS = { project: TEXT, environment: TEXT, clientId: SECRET, clientSecret: SECRET };
const infisical = mapping(INFISICAL_KEYS, Object.keys(INFISICAL_KEYS));
