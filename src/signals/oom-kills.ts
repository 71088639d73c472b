import type { Scope, SignalOptions } from "../model/settings.ts";
import { HOUR, type Millis } from "../model/time.ts";
import type { SignalDefinition, Source } from "./definition.ts";
import { containersOfAny, KUBE_LABELS, OTEL_LABELS } from "./pods.ts";
import { type Select, selectWith } from "./promql.ts";
import { eventsIn, happened } from "./restarts.ts";

/**
 * container_oom_events_total is not asked: it dies with the container that it counts, and newer kubelets
 * leave it at zero. https://github.com/google/cadvisor/issues/3015
 */
export const oomKills: SignalDefinition = {
  id: "oom-kills",
  title: "containers of web and worker killed for want of memory",
  unit: "count",
  nature: { kind: "event", windowMs: HOUR },
  defaults: { watch: 1, act: null },
  relief: { secondNode: "partly", otherwise: "raise the memory limit of what was killed, or find its leak" },
  sources,
  unmeasured: {
    why: "nothing tells why a container ended",
    fix:
      "Run kube-state-metrics and keep kube_pod_container_status_restarts_total and " +
      "kube_pod_container_status_last_terminated_reason.",
  },
};

function sources(scope: Scope, options: SignalOptions, windowMs: Millis): readonly Source[] {
  const select = selectWith(scope.match, options.match);
  return [
    kubeStateMetrics(select, scope, windowMs),
    clusterReceiver(select, scope, windowMs),
    kernel(select, windowMs),
  ];
}

/** The reason is a gauge that stays: only a restart makes it an event. */
function kubeStateMetrics(select: Select, { web, worker }: Scope, windowMs: Millis): Source {
  const labels = containersOfAny([web, worker]);
  const restarts = select("kube_pod_container_status_restarts_total", labels);
  const reason = select("kube_pod_container_status_last_terminated_reason", {
    ...labels,
    reason: "OOMKilled",
  });
  const identity = Object.values(KUBE_LABELS);
  const restarted = happened({ selector: restarts, identity, bornAt: select("kube_pod_created") });
  const killed = `${restarted} and on (${identity.join(", ")}) (${reason} == 1)`;
  return {
    id: "kube-state-metrics",
    needs: [restarts],
    reading: { kind: "value", expr: eventsIn(windowMs, killed, restarts) },
    caveat: "child processes that were killed alone do not show (kubelet: singleProcessOOMKill)",
  };
}

/** The receiver has the reason as a label only if that attribute is switched on. */
function clusterReceiver(select: Select, { web, worker }: Scope, windowMs: Millis): Source {
  const labels = containersOfAny([web, worker], OTEL_LABELS);
  const restarts = select("k8s_container_restarts", labels);
  const told = select("k8s_container_restarts", {
    ...labels,
    k8s_container_status_last_terminated_reason: "!=",
  });
  const killed = select("k8s_container_restarts", {
    ...labels,
    k8s_container_status_last_terminated_reason: "OOMKilled",
  });
  const identity = Object.values(OTEL_LABELS);
  const events = `${happened({ selector: restarts, identity })} and on (${identity.join(", ")}) ${killed}`;
  return {
    id: "otel-k8s-cluster",
    needs: [told],
    reading: { kind: "value", expr: eventsIn(windowMs, events, restarts) },
  };
}

function kernel(select: Select, windowMs: Millis): Source {
  const kills = select("node_vmstat_oom_kill");
  return {
    id: "node_exporter-vmstat",
    needs: [kills],
    reading: {
      kind: "value",
      expr: eventsIn(windowMs, happened({ selector: kills, identity: ["instance"] }), kills),
    },
    caveat:
      "every process the kernel killed for want of memory on the node, not those of web and worker alone",
  };
}
