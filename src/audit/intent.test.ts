import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { parseConfig } from "../config/parse.ts";
import { DEFAULT_INTENT, intentOf } from "./intent.ts";

const example = readFileSync("examples/glaze/outgrow.yaml", "utf8");

test("the example's configuration as an intent", () => {
  assert.deepEqual(intentOf(parseConfig(example, "outgrow.yaml")), {
    web: { namespace: "default", name: "glaze-web" },
    worker: { namespace: "default", name: "glaze-worker" },
    postgres: {
      service: { namespace: "default", name: "glaze-postgres" },
      leavesCluster: true,
      size: "db-s-1vcpu-1gb",
    },
    hasOnlineMigration: false,
    redis: {
      service: { namespace: "default", name: "glaze-redis" },
      leavesCluster: true,
      size: "db-s-1vcpu-1gb",
    },
    hosts: [{ name: "glaze-prod", role: "server", privateAddress: "10.116.0.2" }],
    newHosts: ["glaze-worker-1"],
    newServers: [],
  });
});

test("a store that stays does not leave; Sentinel has no managed size", () => {
  const text = example
    .replace("postgres: { managed: { size: db-s-1vcpu-1gb } }", "postgres: stay")
    .replace("redis: { managed: { size: db-s-1vcpu-1gb } }", "redis: { sentinel: { voters: [a, b, c] } }");
  const { postgres, redis } = intentOf(parseConfig(text, "outgrow.yaml"));
  assert.deepEqual([postgres.leavesCluster, postgres.size], [false, null]);
  assert.deepEqual([redis.leavesCluster, redis.size], [true, null]);
});

test("without a target the product's default is meant", () => {
  const minimal = "version: 1\ncluster: { name: glaze }\nmetrics: direct\n";
  assert.deepEqual(intentOf(parseConfig(minimal, "outgrow.yaml")), DEFAULT_INTENT);
});
