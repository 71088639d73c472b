import type { Scope, SignalOptions } from "../model/settings.ts";
import type { SignalDefinition, Source } from "./definition.ts";
import { type Select, selectWith } from "./promql.ts";
import { exactRatio } from "./ratio.ts";

export const nodeCpu: SignalDefinition = {
  id: "node-cpu",
  title: "CPU of the node",
  unit: "ratio",
  nature: { kind: "level" },
  defaults: { watch: 0.6, act: 0.8 },
  relief: { secondNode: "yes", otherwise: "take a plan with more or dedicated CPUs" },
  sources,
  unmeasured: {
    why: "no CPU time of the node",
    fix: "Run node_exporter, or the collector's hostmetrics receiver with its cpu scraper, and keep node_cpu_seconds_total or system.cpu.time.",
  },
};

/** Of several nodes the busiest: that one is full first. */
function sources({ match }: Scope, options: SignalOptions): readonly Source[] {
  const select = selectWith(match, options.match);
  return [
    ticks(select, {
      id: "node_exporter",
      metric: "node_cpu_seconds_total",
      label: "mode",
      waiting: "iowait",
    }),
    ...["system_cpu_time_seconds_total", "system_cpu_time"].map((metric) =>
      ticks(select, { id: "otel-hostmetrics", metric, label: "state", waiting: "wait" }),
    ),
    ...["system_cpu_utilization_ratio", "system_cpu_utilization"].map((metric) => gauge(select, metric)),
    kubelet(select, "k8s_node_cpu_usage", (selector) => `avg_over_time(${selector}[5m])`),
    kubelet(select, "k8s_node_cpu_time_seconds_total", (selector) => `rate(${selector}[5m])`),
    cadvisor(select),
  ];
}

interface Ticks {
  readonly id: string;
  readonly metric: string;
  readonly label: string;
  /** What waiting for a disk is called: the CPU is free meanwhile. */
  readonly waiting: string;
}

const NODE = "by (instance, host_name, k8s_node_name)";
const STEAL =
  "time the hypervisor gave to others counts as used: where that is much, change the plan, not the number of nodes";

/** Rates of all modes over rates of all modes: two scrapes of one node double both sides alike. */
function ticks(select: Select, { id, metric, label, waiting }: Ticks): Source {
  const all = select(metric);
  const free = select(metric, { [label]: `=~idle|${waiting}` });
  const share = `1 - sum ${NODE} (rate(${free}[5m])) / (sum ${NODE} (rate(${all}[5m])) > 0)`;
  return {
    id,
    needs: [free],
    reading: { kind: "value", expr: exactRatio(`max(${share})`) },
    caveat: STEAL,
  };
}

/** The receiver's ready-made shares are of one interval only: five minutes of them are like the others. */
function gauge(select: Select, metric: string): Source {
  const free = select(metric, { state: "=~idle|wait" });
  const perCpu = `sum by (cpu, instance, host_name, k8s_node_name) (avg_over_time(${free}[5m]))`;
  return {
    id: "otel-hostmetrics-utilization",
    needs: [free],
    reading: { kind: "value", expr: exactRatio(`max(1 - avg ${NODE} (${perCpu}))`) },
    caveat: STEAL,
  };
}

/** The kubelet tells cores in use; how many there are must come from elsewhere. */
function kubelet(select: Select, metric: string, cores: (selector: string) => string): Source {
  const used = select(metric);
  const capacity = select("kube_node_status_capacity", { resource: "cpu" });
  const share = `sum(max by (k8s_node_name) (${cores(used)})) / sum(max by (node) (${capacity}))`;
  return {
    id: "otel-kubeletstats",
    needs: [used, capacity],
    reading: { kind: "value", expr: exactRatio(share) },
    caveat: "over all nodes together: one full node beside an idle one does not show",
  };
}

function cadvisor(select: Select): Source {
  const used = select("container_cpu_usage_seconds_total", { id: "/" });
  const cores = select("machine_cpu_cores");
  const share = `max by (instance) (rate(${used}[5m])) / on (instance) max by (instance) (${cores})`;
  return {
    id: "cadvisor",
    needs: [used, cores],
    reading: { kind: "value", expr: exactRatio(`max(${share})`) },
  };
}
