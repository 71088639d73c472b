import type { Scope, SignalOptions } from "../model/settings.ts";
import type { SignalDefinition, Source } from "./definition.ts";
import { type Select, selectWith } from "./promql.ts";

export const nodeMemory: SignalDefinition = {
  id: "node-memory",
  title: "memory of the node",
  unit: "ratio",
  nature: { kind: "level" },
  defaults: { watch: 0.75, act: 0.85 },
  relief: { secondNode: "yes", otherwise: "take a plan with more memory" },
  sources,
  unmeasured: {
    why: "no memory of the node",
    fix: "Run node_exporter, or the collector's hostmetrics receiver with its memory scraper, and keep node_memory_MemAvailable_bytes and node_memory_MemTotal_bytes or system.memory.usage.",
  },
};

/** Of several nodes the fullest. What the page cache holds is free for the asking, so MemFree is never asked. */
function sources({ match }: Scope, options: SignalOptions): readonly Source[] {
  const select = selectWith(match, options.match);
  return [
    nodeExporter(select),
    ...["_bytes", ""].map((suffix) => kubeletstats(select, suffix)),
    ...["_bytes", ""].map((suffix) => hostmetrics(select, suffix)),
    cadvisor(select),
  ];
}

function nodeExporter(select: Select): Source {
  const [available, total] = [select("node_memory_MemAvailable_bytes"), select("node_memory_MemTotal_bytes")];
  return {
    id: "node_exporter",
    needs: [available, total],
    reading: {
      kind: "value",
      expr: `max(1 - max by (instance) (${available}) / (max by (instance) (${total}) > 0))`,
    },
  };
}

/** The kubelet's own view, by which it evicts pods. */
function kubeletstats(select: Select, suffix: string): Source {
  const [used, free] = ["working_set", "available"].map((what) => select(`k8s_node_memory_${what}${suffix}`));
  const by = "max by (instance, k8s_node_name)";
  return {
    id: "otel-kubeletstats",
    needs: [used ?? "", free ?? ""],
    reading: { kind: "value", expr: `max(${by} (${used}) / (${by} (${used}) + ${by} (${free}) > 0))` },
  };
}

function hostmetrics(select: Select, suffix: string): Source {
  const metric = `system_memory_usage${suffix}`;
  const used = select(metric, { state: "used" });
  const all = select(metric, { state: "=~used|free|buffered|cached" });
  const node = "(instance, host_name, k8s_node_name)";
  return {
    id: "otel-hostmetrics",
    needs: [used],
    reading: {
      kind: "value",
      expr: `max(max by ${node} (${used}) / (sum by ${node} (max without (job) (${all})) > 0))`,
    },
    caveat: "what tmpfs holds counts as cache here, so the truth may be a little higher",
  };
}

function cadvisor(select: Select): Source {
  const used = select("container_memory_working_set_bytes", { id: "/" });
  const total = select("machine_memory_bytes");
  return {
    id: "cadvisor",
    needs: [used, total],
    reading: {
      kind: "value",
      expr: `max(max by (instance) (${used}) / on (instance) (max by (instance) (${total}) > 0))`,
    },
  };
}
