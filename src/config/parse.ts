import { formatDuration } from "../model/format.ts";
import type { SignalSettings } from "../model/settings.ts";
import type { Trigger } from "../model/trigger.ts";
import type { Config } from "./config.ts";
import { type Cursor, rootOf } from "./cursor.ts";
import { readMetrics } from "./metrics.ts";
import { isMapping, readText, required, scalarOf } from "./readers.ts";
import { readPostgres, readRedis, readScope } from "./scope.ts";
import { readCloud, readRepository, readSecrets } from "./services.ts";
import { readSignals } from "./signals.ts";
import { openSource } from "./source.ts";
import { readHosts, readTarget } from "./target.ts";
import { readTrigger, readUsageHours } from "./trigger.ts";

const SECTIONS = [
  "version",
  "cluster",
  "metrics",
  "usageHours",
  "trigger",
  "signals",
  "workloads",
  "postgres",
  "redis",
  "hosts",
  "target",
  "cloud",
  "secrets",
  "repository",
] as const;

/** Reads `outgrow.yaml`; `file` is its name in messages. Throws one `config` error that lists every problem with its place. */
export function parseConfig(text: string, file: string): Config {
  const source = openSource(text, file);
  const root = rootOf(source);
  if (!isMapping(root, SECTIONS)) source.finish();
  readVersion(root.get("version"));
  const { metrics, match } = readMetrics(root.get("metrics"));
  const trigger = readTrigger(root.get("trigger"), readUsageHours(root.get("usageHours")));
  const signals = readSignals(root.get("signals"));
  checkTogether(root, trigger, signals);
  const config: Config = {
    cluster: readCluster(root.get("cluster")),
    metrics,
    trigger,
    signals,
    scope: readScope(root, match),
    postgres: readPostgres(root.get("postgres")),
    redis: readRedis(root.get("redis")),
    hosts: readHosts(root.get("hosts")),
    target: readTarget(root.get("target")),
    cloud: readCloud(root.get("cloud")),
    secrets: readSecrets(root.get("secrets")),
    repository: readRepository(root.get("repository")),
  };
  source.finish();
  return config;
}

function readVersion(cursor: Cursor): void {
  const version = required(cursor, scalarOf, "version: 1");
  if (version !== undefined && version !== 1) {
    cursor.problem(`version ${JSON.stringify(version)} is not known to this outgrow.`, "Write version: 1.");
  }
}

function readCluster(cursor: Cursor): Config["cluster"] {
  if (cursor.node === null) cursor.problem("cluster is missing.", "Write cluster: { name: glaze }.");
  const isThere = isMapping(cursor, ["name", "kubeconfig", "context"]);
  return {
    name: (isThere ? required(cursor.get("name"), readText, "name: glaze") : undefined) ?? "",
    kubeconfig: readText(cursor.get("kubeconfig")) ?? null,
    context: readText(cursor.get("context")) ?? null,
  };
}

/** What only shows when the sections are seen side by side. */
function checkTogether(
  root: Cursor,
  { atLeast, sustainedMs }: Trigger,
  signals: readonly SignalSettings[],
): void {
  const able = signals.filter(({ rule }) => rule.act !== null).length;
  if (signals.length > 0 && atLeast > able) {
    root
      .get("trigger")
      .get("atLeast")
      .problem(
        `trigger.atLeast is ${atLeast}, and only ${able} of the signals can reach Act.`,
        "Lower it, or give more signals an act.",
      );
  }
  for (const { rule } of signals) {
    if (rule.kind !== "event" || rule.windowMs >= sustainedMs) continue;
    root
      .get("signals")
      .get(rule.id)
      .problem(
        `signals.${rule.id} counts over ${formatDuration(rule.windowMs)}, less than trigger.sustained (${formatDuration(sustainedMs)}): one event could never count.`,
        `Write 1 per ${formatDuration(sustainedMs)}, or a longer window.`,
      );
  }
}
