import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { Ajv } from "ajv";
import fc from "fast-check";
import { parse } from "yaml";
import { OutgrowError } from "../model/error.ts";
import { parseConfig } from "./parse.ts";

const EXAMPLE = readFileSync("examples/glaze/outgrow.yaml", "utf8");
const schema = JSON.parse(readFileSync("schema/outgrow.schema.json", "utf8")) as object;
const isValid = new Ajv({ allErrors: true, allowUnionTypes: true }).compile(schema);

type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json };
type Path = readonly (string | number)[];

const example = parse(EXAMPLE) as Json;

test("the example is valid, and its first lines name the schema", () => {
  assert.ok(isValid(example), JSON.stringify(isValid.errors));
  assert.match(EXAMPLE, /\$schema=\.\.\/\.\.\/schema\/outgrow\.schema\.json/);
});

/** What may stand in the example's place, one of every other kind that the parser knows. */
const ALSO_RIGHT: readonly (readonly [path: string, value: Json])[] = [
  ["metrics", "direct"],
  ["metrics.prometheus", { url: "http://localhost:9090", bearer: { file: "/run/token" }, caFile: "/ca.pem" }],
  ["metrics.prometheus.headers", { "X-Scope-OrgID": "glaze", Authorization: { env: "TOKEN" } }],
  ["metrics.prometheus.match", { cluster: "=~glaze.*", shard: 1 }],
  ["metrics.prometheus.username", 123456],
  ["usageHours.days", ["mon"]],
  ["usageHours.to", "24:00"],
  ["usageHours.from", "9:30"],
  ["trigger.sustained", "0.5h"],
  ["metrics.prometheus.timeout", "1m 30s"],
  ["signals.node-cpu", "off"],
  ["signals.node-cpu", false],
  ["signals.node-cpu", { watch: "0.5 %", match: { instance: "a" } }],
  ["signals.oom-kills", { watch: 2 }],
  ["signals.pod-restarts", { watch: "1 in 90 min", act: 3 }],
  ["signals.latency-p95", { watch: "0.5s", act: "1.5 s", expr: "my_histogram" }],
  ["signals.checkout-errors", { expr: "up", kind: "event", act: "3 per 2h", window: "2h", secondNode: true }],
  ["signals.checkout-errors", { expr: "up", kind: "level", act: "20%", unit: "ratio" }],
  ["workloads.web", { deployment: "default/web", container: "web", service: "web" }],
  ["target.postgres", "stay"],
  ["target.postgres", { at: { host: "db", user: "doadmin", password: { env: "PASSWORD" } } }],
  [
    "target.postgres",
    {
      at: { host: "db", user: "doadmin", password: { env: "PASSWORD" } },
      onlineMigration: { digitalocean: "9cc10173-e9ea-4176-9dbc-a4cee4c4ff30" },
    },
  ],
  ["postgres", { service: "default/pg", user: "keeper", password: { file: "password" } }],
  ["target.redis", { sentinel: { voters: ["one", "two", "three"] } }],
  ["cloud", "static"],
  ["repository", { chart: "chart" }],
];

for (const [path, value] of ALSO_RIGHT) {
  test(`both accept ${path}: ${JSON.stringify(value)}`, () => {
    const document = replaced(example, path.split("."), value);
    assert.deepEqual(problemsOf(document), []);
    assert.ok(isValid(document), JSON.stringify(isValid.errors));
  });
}

/** Wrong by itself, whatever stands beside it. */
const WRONG: readonly (readonly [path: string, value: Json])[] = [
  ["version", 2],
  ["cluster.name", " "],
  ["cluster.name", 7],
  ["metrics", "prometheus"],
  ["metrics", {}],
  ["metrics.prometheus.url", "localhost:9090"],
  ["metrics.prometheus.url", "http://user:word@localhost"],
  ["metrics.prometheus.url", "http://localhost/?a=b"],
  ["metrics.prometheus.password", "hunter2"],
  ["metrics.prometheus.password", { env: "A", file: "B" }],
  ["metrics.prometheus.password", {}],
  ["metrics.prometheus.headers", { Authorization: "Bearer x" }],
  ["metrics.prometheus.headers", { "X-Api-Key": "x" }],
  ["metrics.prometheus.headers", { "no header": "x" }],
  ["metrics.prometheus.headers", {}],
  ["metrics.prometheus.match", { "no-label": "x" }],
  ["metrics.prometheus.timeout", 30],
  ["metrics.prometheus.timeout", "0s"],
  ["metrics.prometheus", { url: "http://localhost", username: "a" }],
  ["metrics.prometheus", { url: "http://localhost", password: { env: "A" } }],
  [
    "metrics.prometheus",
    { url: "http://localhost", username: "a", password: { env: "A" }, bearer: { env: "B" } },
  ],
  ["usageHours.timeZone", "+02:00"],
  ["usageHours.days", []],
  ["usageHours.days", ["tues"]],
  ["usageHours.from", "8"],
  ["usageHours.from", "08:60"],
  ["usageHours.to", "25:00"],
  ["trigger.atLeast", 0],
  ["trigger.atLeast", 1.5],
  ["trigger.sustained", "30"],
  ["trigger.interval", "1 fortnight"],
  ["signals", ["node-cpu"]],
  ["signals.node-cpu.watch", 60],
  ["signals.node-cpu.watch", "sixty"],
  ["signals.node-cpu", "on"],
  ["signals.latency-p95.watch", 500],
  ["signals.celery-depth.watch", "20%"],
  ["signals.celery-depth.queue", 7],
  ["signals.postgres-connections.of", 0],
  ["signals.oom-kills.watch", "any"],
  ["signals.oom-kills.watch", "0 per 60m"],
  ["signals.node-cup", { watch: "60%" }],
  ["signals.node-cup", "off"],
  ["signals.Mine", { expr: "up", kind: "level", watch: 1 }],
  ["signals.checkout-errors", { expr: "up", kind: "level" }],
  ["signals.checkout-errors", { expr: "up", watch: 1 }],
  ["signals.checkout-errors", { expr: "up", kind: "quantile", watch: 1 }],
  ["signals.checkout-errors", { expr: "up", kind: "level", watch: 1, act: "2s" }],
  ["signals.checkout-errors", { expr: "up", kind: "level", watch: 1, unit: "ratio" }],
  ["signals.checkout-errors", { expr: "up", kind: "event", watch: "5%" }],
  ["signals.checkout-errors.secondNode", "maybe"],
  ["workloads.web.deployment", "glaze-web"],
  ["workloads.web.deployment", "default/Glaze"],
  ["redis.limit", "1"],
  ["redis.limit", "0GiB"],
  ["hosts.glaze-prod.role", "master"],
  ["hosts.glaze-prod.privateAddress", "10.116.0.256"],
  ["hosts", { Glaze_1: { role: "server" } }],
  ["target.postgres", "move"],
  ["target.postgres", { at: { host: "db", user: "doadmin", password: "open" } }],
  ["target.postgres", { at: { host: "db", user: "doadmin" } }],
  ["target.postgres", { at: { host: "db", user: "doadmin", password: { env: "P" }, port: 0 } }],
  ["target.postgres", { at: { host: "db", user: "doadmin", password: { env: "P" }, tls: "prefer" } }],
  [
    "target.postgres",
    { at: { host: "db", user: "doadmin", password: { env: "P" } }, onlineMigration: { hetzner: "1" } },
  ],
  ["target.postgres", { onlineMigration: { digitalocean: "1" } }],
  ["target.postgres", { managed: { size: "db-s-1vcpu-1gb" }, onlineMigration: { digitalocean: "1" } }],
  ["target.redis", { sentinel: { voters: ["a", "b"] } }],
  ["target.redis", { sentinel: { voters: ["a", "b", "c", "d"] } }],
  ["cloud", "none"],
  ["cloud.digitalocean.token", "dop_v1"],
];

for (const [path, value] of WRONG) {
  test(`both refuse ${path}: ${JSON.stringify(value)}`, () => {
    const document = replaced(example, path.split("."), value);
    assert.notDeepEqual(problemsOf(document), []);
    assert.ok(!isValid(document));
  });
}

test("both know the same keys in every mapping, and refuse any other", () => {
  const mappings = pathsOf(example).filter((path) => isNamesOnly(path) && isMapping(valueAt(example, path)));
  assert.ok(mappings.length > 20, `${mappings.length} mappings`);
  for (const path of mappings.filter((each) => !isOpen(each))) {
    const document = replaced(example, [...path, "zzzzzzzz"], 1);
    const problems = problemsOf(document);
    assert.equal(problems.length, 1, `${path.join(".")}: ${problems.join(" ")}`);
    assert.ok(!isValid(document), path.join("."));
    const known = /Known here: (.*)\.$/.exec(problems[0] ?? "")?.[1]?.split(", ") ?? [];
    assert.deepEqual(schemaKeys(path), [...known].sort(), path.join("."));
  }
});

test("both want the same keys to be there", () => {
  for (const path of pathsOf(example).filter((each) => each.length > 0 && isNamesOnly(each))) {
    const document = replaced(example, path, undefined);
    const refusal = problemsOf(document).join(" ");
    assert.equal(isValid(document), refusal === "", `${path.join(".")}: ${refusal}`);
  }
});

test("any value of another kind is refused by both or by neither", () => {
  const paths = pathsOf(example).filter((path) => path.length > 0);
  const odd = fc.constantFrom<Json>(
    "",
    "x",
    "off",
    0,
    -1,
    1.5,
    true,
    [],
    [1],
    {},
    { a: 1 },
    "1s",
    "5%",
    "a/b",
  );
  fc.assert(
    fc.property(fc.constantFrom(...paths), odd, (path, value) => {
      const document = replaced(example, path, value);
      const refusal = problemsOf(document);
      // What needs two places to be seen is the parser's alone.
      if (refusal.every((problem) => BESIDE_ANOTHER.test(problem))) return;
      assert.ok(!isValid(document), `${path.join(".")}: ${JSON.stringify(value)}: ${refusal.join(" ")}`);
    }),
    { numRuns: 1_000, seed: 3 },
  );
});

const BESIDE_ANOTHER =
  /lies above act|different windows|counts over|whole multiple|only \d+ of the signals|from and to are the same|there is no time zone|whole seconds|every one is off/;

test("durations, percentages and sizes: the schema's patterns are the parser's", () => {
  const text = fc
    .array(
      fc.constantFrom("1", "0", "30", ".5", " ", "ms", "s", "m", "min", "h", "d", "sec", "x", "%", "GiB"),
      {
        maxLength: 6,
      },
    )
    .map((parts) => parts.join(""));
  const places = ["trigger.sustained", "signals.latency-p95.act", "signals.node-cpu.watch", "redis.limit"];
  fc.assert(
    fc.property(fc.constantFrom(...places), text, (place, value) => {
      const document = replaced(example, place.split("."), value);
      const refusal = problemsOf(document).filter((problem) => !BESIDE_ANOTHER.test(problem));
      assert.equal(isValid(document), refusal.length === 0, `${place}: ${JSON.stringify(value)} ${refusal}`);
    }),
    { numRuns: 3_000, seed: 4 },
  );
});

test("a schema that forgets one thing is noticed", () => {
  const lax = JSON.parse(
    JSON.stringify(schema).replaceAll('"additionalProperties":false', '"x":1'),
  ) as object;
  const accepts = new Ajv({ strict: false }).compile(lax);
  assert.ok(accepts(replaced(example, ["trigger", "zzzzzzzz"], 1)));
});

function problemsOf(document: Json): readonly string[] {
  try {
    parseConfig(JSON.stringify(document), "outgrow.yaml");
    return [];
  } catch (error) {
    assert.ok(error instanceof OutgrowError, String(error));
    return error.problems.map(({ message, hint = "" }) => `${message} ${hint}`);
  }
}

function isMapping(value: Json | undefined): value is { readonly [key: string]: Json } {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function isNamesOnly(path: Path): boolean {
  return path.every((key) => typeof key === "string");
}

/** Mappings whose keys are the user's own. */
function isOpen(path: Path): boolean {
  const key = path.join(".");
  return key === "signals" || /(^|\.)hosts$/.test(key) || isSecret(path);
}

function isSecret(path: Path): boolean {
  return /(password|token|clientId|clientSecret)$/.test(path.join("."));
}

function pathsOf(value: Json, path: Path = []): readonly Path[] {
  if (Array.isArray(value)) return [path, ...value.flatMap((item, index) => pathsOf(item, [...path, index]))];
  if (!isMapping(value)) return [path];
  return [path, ...Object.entries(value).flatMap(([key, item]) => pathsOf(item, [...path, key]))];
}

function valueAt(value: Json, path: Path): Json | undefined {
  return path.reduce<Json | undefined>(
    (at, key) => (at as Record<string, Json> | undefined)?.[String(key)],
    value,
  );
}

/** A copy with another value at `path`; without one the key is gone. */
function replaced(document: Json, path: Path, value: Json | undefined): Json {
  const copy = structuredClone(document) as Record<string, Json>;
  const [last, ...before] = [...path].reverse();
  let at = copy;
  for (const key of before.reverse()) {
    if (!isMapping(at[String(key)]) && !Array.isArray(at[String(key)])) at[String(key)] = {};
    at = at[String(key)] as Record<string, Json>;
  }
  if (value === undefined) delete at[String(last)];
  else at[String(last)] = value;
  return copy;
}

interface Node {
  readonly properties?: Readonly<Record<string, Node>>;
  readonly additionalProperties?: Node | boolean;
  readonly anyOf?: readonly Node[];
}

/** The keys that the schema knows at a path, through every alternative. */
function schemaKeys(path: Path): readonly string[] {
  let nodes: readonly Node[] = [schema as Node];
  for (const key of path) nodes = nodes.flatMap(alternatives).flatMap((node) => childOf(node, String(key)));
  const keys = nodes.flatMap(alternatives).flatMap(({ properties = {} }) => Object.keys(properties));
  return [...new Set(keys)].sort();
}

function alternatives(node: Node): readonly Node[] {
  return [node, ...(node.anyOf ?? []).flatMap(alternatives)];
}

function childOf({ properties, additionalProperties }: Node, key: string): readonly Node[] {
  const child = properties?.[key] ?? additionalProperties;
  return typeof child === "object" ? [child] : [];
}
