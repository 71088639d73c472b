import type { Scope, SignalOptions } from "../model/settings.ts";
import type { SignalDefinition, Source } from "./definition.ts";
import { containersOf } from "./pods.ts";
import { orZeroWhile, type Select, selectWith } from "./promql.ts";
import { exactRatio } from "./ratio.ts";

export const webThrottling: SignalDefinition = {
  id: "web-throttling",
  title: "share of CPU periods in which web was throttled",
  unit: "ratio",
  nature: { kind: "level" },
  defaults: { watch: 0, act: 0.25 },
  relief: { secondNode: "no", otherwise: "raise web's CPU limit, or remove it and keep the request" },
  sources,
  unmeasured: {
    why: "no CFS periods of web's containers",
    fix:
      "Scrape the kubelet's /metrics/cadvisor and keep container_cpu_cfs_periods_total and " +
      "container_cpu_cfs_throttled_periods_total; the collector's kubeletstats receiver has nothing like them.",
  },
};

function sources({ match, web }: Scope, options: SignalOptions): readonly Source[] {
  const select = selectWith(match, options.match);
  return [cadvisor(select, web), withoutLimit(select, web)];
}

/** Of several pods the worst. An idle container has no periods and was not throttled. */
function cadvisor(select: Select, web: Scope["web"]): Source {
  const throttled = select("container_cpu_cfs_throttled_periods_total", containersOf(web));
  const periods = select("container_cpu_cfs_periods_total", containersOf(web));
  // After a restart a container counts in a new series; both belong to the same pod.
  const by = "sum by (namespace, pod, container)";
  const share = `max(${by} (increase(${throttled}[5m])) / (${by} (increase(${periods}[5m])) > 0))`;
  return {
    id: "cadvisor",
    needs: [periods],
    reading: { kind: "value", expr: orZeroWhile(periods, exactRatio(share)) },
  };
}

/** Without a CPU limit there is nothing to throttle by; that limits are told at all shows in web's others. */
function withoutLimit(select: Select, web: Scope["web"]): Source {
  const containers = select("kube_pod_container_info", containersOf(web));
  const limits = select("kube_pod_container_resource_limits", containersOf(web));
  const cpuLimits = select("kube_pod_container_resource_limits", { ...containersOf(web), resource: "cpu" });
  return {
    id: "no-cpu-limit",
    needs: [containers, limits],
    reading: { kind: "value", expr: `0 * max(${containers}) unless on () max(${cpuLimits})` },
    caveat: "web has no CPU limit, so nothing throttles it",
  };
}
