import type { KubeObject } from "../../model/facts.ts";
import type { AuditContext } from "../context.ts";
import { field, subjectOf } from "./kube.ts";
import { mountedFiles } from "./mountedFiles.ts";

/** An OpenTelemetry collector, with the receivers its pipelines use. */
export interface Collector {
  readonly object: KubeObject;
  readonly runsOnEveryHost: boolean;
  readonly receivers: readonly string[];
  /** Where they are written. */
  readonly file: string;
}

/** Collectors run as workloads, or by the operator's OpenTelemetryCollector. */
export function collectorsOf({ cluster }: AuditContext): readonly Collector[] {
  const workloads = cluster.workloads.flatMap((workload) =>
    mountedFiles(workload, cluster)
      .filter(({ text }) => /^receivers:/m.test(text) && /^service:/m.test(text))
      .map(({ configMap, key, text }) => ({
        object: workload.object,
        runsOnEveryHost: workload.kind === "DaemonSet",
        receivers: receiverNames(text),
        file: `${subjectOf(configMap)}, file ${key}`,
      })),
  );
  const managed = cluster.of("OpenTelemetryCollector").map((object) => {
    const config = field(object, "spec", "config");
    const receivers =
      typeof config === "string" ? receiverNames(config) : Object.keys(Object(field(config, "receivers")));
    const runsOnEveryHost = field(object, "spec", "mode") === "daemonset";
    return { object, runsOnEveryHost, receivers: receivers.map(typeOf), file: "spec.config" };
  });
  return [...workloads, ...managed];
}

/** The keys below `receivers:` in a YAML text, without parsing what may be a template. */
function receiverNames(text: string): readonly string[] {
  const block = /^receivers:[^\n]*\n((?:[ \t#][^\n]*(?:\n|$)|\n)*)/m.exec(text)?.[1] ?? "";
  const indent = /^( +)[\w/]/m.exec(block)?.[1] ?? "  ";
  return [...block.matchAll(new RegExp(`^${indent}([\\w/-]+):`, "gm"))].map(([, name = ""]) => typeOf(name));
}

/** `prometheus/pods` is a `prometheus`. */
function typeOf(receiver: string): string {
  return receiver.replace(/\/.*$/, "");
}
