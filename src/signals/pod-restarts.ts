import type { Labels, Scope, SignalOptions } from "../model/settings.ts";
import { HOUR, type Millis } from "../model/time.ts";
import type { SignalDefinition, Source } from "./definition.ts";
import { DEPLOYMENT_OF_POD, KUBE_LABELS, OTEL_LABELS } from "./pods.ts";
import { anyOf, type Select, selectWith } from "./promql.ts";
import { eventsIn, happened } from "./restarts.ts";

export const podRestarts: SignalDefinition = {
  id: "pod-restarts",
  title: "restarts of containers that no rollout explains",
  unit: "count",
  nature: { kind: "event", windowMs: HOUR },
  defaults: { watch: 1, act: 3 },
  relief: { secondNode: "partly", otherwise: "read the last log of what restarted: kubectl logs --previous" },
  sources,
  unmeasured: {
    why: "no count of container restarts",
    fix: "Run kube-state-metrics and keep kube_pod_container_status_restarts_total, or the collector's k8s_cluster receiver.",
  },
};

function sources(scope: Scope, options: SignalOptions, windowMs: Millis): readonly Source[] {
  const select = selectWith(scope.match, options.match);
  return [kubeStateMetrics(select, scope, windowMs), clusterReceiver(select, scope, windowMs)];
}

/** Within 15 min after its Deployment changed a restart is part of the rollout, and one that ended well is no trouble. */
function kubeStateMetrics(select: Select, scope: Scope, windowMs: Millis): Source {
  const labels = namespaces(scope, KUBE_LABELS.namespace);
  const restarts = select("kube_pod_container_status_restarts_total", labels);
  const completed = select("kube_pod_container_status_last_terminated_reason", {
    ...labels,
    reason: "Completed",
  });
  const generation = select("kube_deployment_status_observed_generation", labels);
  const identity = Object.values(KUBE_LABELS);
  const restarted = happened({ selector: restarts, identity, bornAt: select("kube_pod_created", labels) });
  const unexpected = `${restarted} unless on (${identity.join(", ")}) (${completed} == 1)`;
  const withDeployment = `label_replace(${unexpected}, "deployment", "$1", "pod", "${DEPLOYMENT_OF_POD}")`;
  const rollouts = `max by (namespace, deployment) (changes(${generation}[15m])) > 0`;
  return {
    id: "kube-state-metrics",
    needs: [restarts],
    reading: {
      kind: "value",
      expr: eventsIn(windowMs, `${withDeployment} unless on (namespace, deployment) (${rollouts})`, restarts),
    },
  };
}

/** Its count may fall to zero at any time, which is no restart. */
function clusterReceiver(select: Select, scope: Scope, windowMs: Millis): Source {
  const restarts = select("k8s_container_restarts", namespaces(scope, OTEL_LABELS.namespace));
  const restarted = happened({ selector: restarts, identity: Object.values(OTEL_LABELS) });
  return {
    id: "otel-k8s-cluster",
    needs: [restarts],
    reading: { kind: "value", expr: eventsIn(windowMs, restarted, restarts) },
    caveat: "restarts during a rollout are in it",
  };
}

/** Where web and worker live; without either, everywhere. */
function namespaces({ web, worker }: Scope, label: string): Labels {
  const names = [web, worker].flatMap((workload) => (workload === null ? [] : [workload.namespace]));
  return names.length === 0 ? {} : { [label]: anyOf(...new Set(names)) };
}
