import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import fc from "fast-check";
import { OutgrowError } from "../model/error.ts";
import { CATALOGUE } from "../signals/catalogue.ts";
import { parseConfig } from "./parse.ts";

const example = readFileSync("examples/glaze/outgrow.yaml", "utf8");
const MINIMAL =
  "version: 1\ncluster: { name: glaze }\nmetrics: { prometheus: { url: http://localhost:9090 } }\n";

test("Glaze's example says what the design says", () => {
  const { trigger, signals, scope, metrics, ...rest } = parseConfig(example, "outgrow.yaml");
  assert.deepEqual(trigger, {
    atLeast: 2,
    sustainedMs: 1_800_000,
    intervalMs: 60_000,
    hours: {
      timeZone: "America/New_York",
      days: ["mon", "tue", "wed", "thu", "fri", "sat", "sun"],
      from: 480,
      to: 1380,
    },
  });
  assert.deepEqual(
    signals.map(({ rule }) => [rule.id, rule.kind, rule.watch, rule.act]),
    [
      ["node-cpu", "level", 0.6, 0.8],
      ["web-throttling", "level", 0, 0.25],
      ["node-memory", "level", 0.75, 0.85],
      ["oom-kills", "event", 1, null],
      ["latency-p95", "quantile", 0.5, 1],
      ["latency-p99", "quantile", 1, 2],
      ["postgres-connections", "level", 40, 50],
      ["postgres-latency-p95", "quantile", 0.1, 0.3],
      ["redis-memory", "level", 0.6, 0.8],
      ["celery-depth", "level", 20, 50],
      ["celery-age", "level", 30, 120],
      ["http-5xx", "level", 0.001, 0.01],
      ["pod-restarts", "event", 1, 3],
      ["checkout-errors", "level", 0.1, 1],
    ],
  );
  assert.deepEqual(scope, {
    match: {},
    web: { namespace: "default", name: "glaze-web", container: null, service: null },
    worker: { namespace: "default", name: "glaze-worker", container: null, service: null },
    database: "glaze",
    redisLimitBytes: 1024 ** 3,
  });
  assert.deepEqual(metrics, {
    prometheus: {
      url: "https://prometheus-prod.example/api/prom",
      username: "123456",
      password: { env: "GRAFANA_CLOUD_TOKEN" },
      bearer: null,
      headers: {},
      caFile: null,
      timeoutMs: 30_000,
    },
  });
  assert.deepEqual(rest.target, {
    hosts: [{ name: "glaze-worker-1", role: "agent", ssh: null, privateAddress: null, size: "s-2vcpu-2gb" }],
    postgres: { managed: { size: "db-s-1vcpu-1gb" } },
    redis: { managed: { size: "db-s-1vcpu-1gb" } },
  });
});

test("a database outside is verified where its authority is given", () => {
  const at = "host: db, user: doadmin, password: { env: PASSWORD }";
  const told = (more: string) =>
    parseConfig(`${MINIMAL}target: { postgres: { at: { ${at}${more} } } }`, "a").target?.postgres;
  const usual = {
    host: "db",
    port: 5432,
    database: "postgres",
    user: "doadmin",
    password: { env: "PASSWORD" },
  };
  const alone = { onlineMigration: null };
  assert.deepEqual(told(""), { at: { ...usual, tls: "require", ca: null }, ...alone });
  assert.deepEqual(told(", ca: ca.pem"), { at: { ...usual, tls: "verify", ca: "ca.pem" }, ...alone });
  assert.deepEqual(told(", tls: off"), { at: { ...usual, tls: "off", ca: null }, ...alone });
});

test("beside a database outside its provider's own migration may be named", () => {
  const at = "{ host: db, user: doadmin, password: { env: PASSWORD } }";
  const text = `${MINIMAL}target: { postgres: { at: ${at}, onlineMigration: { digitalocean: 9cc10173 } } }`;
  const postgres = parseConfig(text, "a").target?.postgres;
  assert.deepEqual(typeof postgres === "object" && "at" in postgres && postgres.onlineMigration, {
    digitalocean: "9cc10173",
  });
});

test("what is left out is the example's: its thresholds are the defaults", () => {
  const [whole, minimal] = [parseConfig(example, "a"), parseConfig(MINIMAL, "b")];
  assert.deepEqual(
    minimal.signals,
    whole.signals.filter(({ rule }) => rule.id !== "checkout-errors"),
  );
  assert.equal(minimal.signals.length, CATALOGUE.length);
  assert.deepEqual({ ...minimal.trigger, hours: null }, { ...whole.trigger, hours: null });
});

test("a signal may be dropped, and its query be one's own", () => {
  const { signals } = parseConfig(
    `${MINIMAL}signals: { node-cpu: off, redis-memory: { expr: my_memory } }\n`,
    "c",
  );
  assert.ok(signals.every(({ rule }) => rule.id !== "node-cpu"));
  assert.equal(signals.find(({ rule }) => rule.id === "redis-memory")?.expr, "my_memory");
});

test("anchors and merges are YAML too", () => {
  const text = `${MINIMAL}signals:\n  latency-p95: &slow { watch: 2s, act: 4s }\n  latency-p99: *slow\n`;
  const thresholds = parseConfig(text, "d").signals.filter(({ rule }) => rule.id.startsWith("latency"));
  assert.deepEqual(
    thresholds.map(({ rule }) => [rule.watch, rule.act]),
    [
      [2, 4],
      [2, 4],
    ],
  );
});

/** Each text and the problems it must give: place, message and hint, whole. */
const WRONG: readonly (readonly [text: string, ...problems: readonly string[]])[] = [
  [
    `${MINIMAL}signals: { node-cpu: { watch: 60, act: 80% } }`,
    "4:31 signals.node-cpu.watch: 60 is not a percentage. | Write 60%.",
  ],
  [
    `${MINIMAL}signals: { latency-p95: { watch: 500 } }`,
    "4:34 signals.latency-p95.watch: 500 is not a duration with its unit. | Write 500ms or 500s.",
  ],
  [
    `${MINIMAL}signals: { celery-depth: { watch: 20% } }`,
    '4:35 signals.celery-depth.watch: "20%" is not a number. | Write 40, without a unit.',
  ],
  [
    `${MINIMAL}signals: { oom-kills: { watch: any } }`,
    '4:32 signals.oom-kills.watch: "any" is not a number of events. | Write 1 per 60m.',
  ],
  [
    `${MINIMAL}signals: { oom-kills: { watch: 1 per 10m } }`,
    "4:23 signals.oom-kills counts over 10 min, less than trigger.sustained (30 min): one event could never count. | Write 1 per 30 min, or a longer window.",
  ],
  [
    `${MINIMAL}signals: { pod-restarts: { watch: 1 per 60m, act: 3 per 90m } }`,
    "4:51 signals.pod-restarts: watch and act count over different windows. | Write the same window for both.",
  ],
  [
    `${MINIMAL}signals: { node-cpu: { watch: 90%, act: 80% } }`,
    "4:31 signals.node-cpu: watch lies above act. | Swap the two, or write both.",
  ],
  [
    `${MINIMAL}signals: { node-cpu: { act: 50% } }`,
    "4:29 signals.node-cpu: watch lies above act. | Swap the two, or write both.",
  ],
  [
    `${MINIMAL}signals: { node-cup: { watch: 60% } }`,
    "4:22 signals.node-cup is not a known signal. | Did you mean node-cpu? A signal of your own needs an expr.",
  ],
  [
    `${MINIMAL}signals: { mine: { expr: up, kind: level } }`,
    "4:18 signals.mine has no threshold. | Add watch, act or both.",
  ],
  [
    `${MINIMAL}usageHours: { timeZone: America/New_Yrok }`,
    '4:25 usageHours.timeZone: there is no time zone "America/New_Yrok". | Did you mean America/New_York?',
  ],
  [
    `${MINIMAL}usageHours: { timeZone: "+02:00" }`,
    '4:25 usageHours.timeZone: there is no time zone "+02:00". | Write an IANA name such as America/New_York.',
  ],
  [
    `${MINIMAL}usageHours: { days: [mon, tues], from: "8", to: "25:00" }`,
    '4:27 usageHours.days[1] cannot be "tues". | Did you mean tue?',
    '4:40 usageHours.from must be a time of day. | Write "08:00" or "23:30".',
    '4:49 usageHours.to must be a time of day. | Write "08:00" or "23:30".',
  ],
  [
    `${MINIMAL}usageHours: { from: "08:00", to: "08:00" }`,
    '4:34 usageHours would never begin: from and to are the same. | Write from: "00:00", to: "24:00" for the whole day.',
  ],
  [
    `${MINIMAL}trigger: { atLeast: 13, sustained: 90s }`,
    "4:21 trigger.atLeast is 13, and only 12 of the signals can reach Act. | Lower it, or give more signals an act.",
    "4:36 trigger.sustained must be a whole multiple of trigger.interval. | Write 30m with an interval of 1m, say.",
  ],
  [
    `${MINIMAL}trigger: { interval: 60 }`,
    "4:22 trigger.interval must be a duration with its unit. | Write 60s or 60m.",
  ],
  [`${MINIMAL}triger: {}`, "4:1 triger is not known. | Did you mean trigger?"],
  [
    "version: 2\ncluster: {}\n",
    "1:1 metrics is missing. | Write metrics: { prometheus: { url: http://localhost:9090 } }.",
    "1:10 version 2 is not known to this outgrow. | Write version: 1.",
    "2:10 cluster.name is missing. | Write name: glaze.",
  ],
  [
    "version: 1\ncluster: { name: [glaze] }\nmetrics: { prometheus: { url: localhost:9090, timeout: 5 } }",
    "2:18 cluster.name must be a single value.",
    "3:31 metrics.prometheus.url must begin with http:// or https://.",
    "3:56 metrics.prometheus.timeout must be a duration with its unit. | Write 5s or 5m.",
  ],
  [
    `${MINIMAL}workloads: { web: { deployment: glaze-web } }`,
    "4:33 workloads.web.deployment must be namespace/name. | Write default/glaze-web, say.",
  ],
  [
    `${MINIMAL}target: { redis: { sentinel: { voters: [a, b] } } }`,
    "4:40 target.redis.sentinel.voters must be three hosts, or five. | Two of a pair can never outvote one another.",
  ],
  [
    `${MINIMAL}signals: [node-cpu]`,
    "4:10 signals must be a mapping of signals. | Write node-cpu: { watch: 60%, act: 80% }, one signal a line.",
  ],
  [
    `${MINIMAL}hosts: [glaze-prod]`,
    "4:8 hosts must be a mapping of host names. | Write glaze-prod: { role: server }.",
  ],
  [
    `${MINIMAL}target: { postgres: {}, redis: {} }`,
    "4:21 target.postgres does not say where. | Write stay, or managed: { size: db-s-1vcpu-1gb }, or at: { host, port, user, password }.",
    "4:32 target.redis does not say where. | Write stay, or managed: { size: db-s-1vcpu-1gb }.",
  ],
  [
    `${MINIMAL}target: { postgres: { at: { host: db, user: a, password: { env: P } }, onlineMigration: {} } }`,
    "4:89 target.postgres.onlineMigration.digitalocean is missing. | Write digitalocean: 9cc10173-e9ea-4176-9dbc-a4cee4c4ff30.",
  ],
  [
    `${MINIMAL}cloud: {}\nsecrets: {}`,
    "4:8 cloud names no cloud. | Write static, or digitalocean: { region, token }.",
    "5:10 secrets names no manager. | Write infisical: { … }, or leave secrets out.",
  ],
  [
    "- 1\n- 2\n",
    "1:1 The file must be a mapping. | It has the keys version, cluster, metrics, usageHours, trigger, signals, workloads, postgres, redis, hosts, target, cloud, secrets, repository.",
  ],
  [`${MINIMAL}---\nversion: 1\n`, "4:1 There is a second document. | Keep one; remove the --- line."],
  [`${MINIMAL}version: 1\n`, "4:1 Map keys must be unique."],
];

for (const [text, ...problems] of WRONG) {
  test(`refused: ${(text.replace(MINIMAL, "").trim().split("\n")[0] ?? "").slice(0, 60)}`, () => {
    assert.deepEqual(problemsOf(text), problems);
  });
}

for (const [name, text, message] of [
  ["an empty file", "", "outgrow.yaml is empty."],
  ["only comments", "# nothing\n# yet\n", "outgrow.yaml is empty."],
  ["a binary file", "\u0000\u0001ELF", "outgrow.yaml is not a text file in UTF-8."],
  ["a file in another encoding", "version: \uFFFD", "outgrow.yaml is not a text file in UTF-8."],
  ["a huge file", `# ${"x".repeat(2 ** 20)}`, "outgrow.yaml is larger than 1 MiB."],
] as const) {
  test(`refused: ${name}`, () => {
    assert.throws(() => parseConfig(text, "outgrow.yaml"), { code: "config", message });
  });
}

test("a secret in clear is refused and never shown", () => {
  const secret = "glsa_hunter2";
  const texts = [
    `password: ${secret}`,
    `bearer: ${secret}`,
    `password: { env: A, file: ${secret} }`,
    `headers: { Authorization: ${secret} }`,
    `headers: { X-Api-Key: ${secret} }`,
    `url: http://user:${secret}@localhost`,
    `password: { value: ${secret} }`,
    `password: [${secret}]`,
    `password: "${secret}`,
  ];
  for (const text of texts) {
    const whole = `version: 1\ncluster: { name: x }\nmetrics: { prometheus: { ${text} } }\n`;
    const error = failureOf(whole);
    assert.ok(
      !JSON.stringify([error.message, error.hint, error.problems, error.stack]).includes(secret),
      text,
    );
  }
});

test("many aliases of aliases end in an error, not in a hang", () => {
  const levels = Array.from(
    { length: 12 },
    (_, level) => `a${level + 1}: &a${level + 1} [${Array(9).fill(`*a${level}`).join(", ")}]`,
  );
  assert.ok(failureOf(`a0: &a0 [x]\n${levels.join("\n")}\n`) instanceof OutgrowError);
  assert.ok(failureOf(`a: ${"[".repeat(20_000)}`) instanceof OutgrowError);
});

test("whatever is written, the answer is a configuration or one error", () => {
  const broken = fc
    .tuple(fc.nat(example.length), fc.nat(12), fc.string({ unit: "binary-ascii", maxLength: 6 }))
    .map(([at, length, text]) => example.slice(0, at) + text + example.slice(at + length));
  fc.assert(
    fc.property(fc.oneof(broken, fc.string({ unit: "binary" })), (text) => {
      try {
        parseConfig(text, "f");
      } catch (error) {
        assert.ok(error instanceof OutgrowError && error.code === "config", String(error));
      }
    }),
    { numRuns: 1_500, seed: 7 },
  );
});

function problemsOf(text: string): readonly string[] {
  return failureOf(text).problems.map(({ at, message, hint }) => {
    const place = `${at?.line}:${at?.column}`;
    return hint === undefined ? `${place} ${message}` : `${place} ${message} | ${hint}`;
  });
}

function failureOf(text: string): OutgrowError {
  try {
    parseConfig(text, "outgrow.yaml");
  } catch (error) {
    assert.ok(error instanceof OutgrowError, String(error));
    return error;
  }
  return assert.fail("it was accepted");
}
