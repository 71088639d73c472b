import { read, type Stored } from "../object.ts";
import { find, list, setStatus, timeText, type World } from "../world.ts";

const NO_METRICS =
  "the HPA was unable to compute the replica count: failed to get cpu utilization: unable to get metrics for resource cpu: " +
  "unable to fetch metrics from resource metrics API: the server could not find the requested resource (get pods.metrics.k8s.io)";

/** An HPA without metrics-server: it says so and scales nothing. */
export function autoscalers(world: World): void {
  for (const autoscaler of list(world, "horizontalpodautoscalers")) {
    const target = targetOf(world, autoscaler);
    if (read(autoscaler, "status", "conditions") !== undefined || target === undefined) continue;
    const lastTransitionTime = timeText(world.now());
    setStatus(world, "horizontalpodautoscalers", autoscaler, {
      currentReplicas: read<number>(target, "spec", "replicas"),
      desiredReplicas: 0,
      currentMetrics: [{ type: "" }],
      conditions: [
        {
          type: "AbleToScale",
          status: "True",
          lastTransitionTime,
          reason: "SucceededGetScale",
          message: "the HPA controller was able to get the target's current scale",
        },
        {
          type: "ScalingActive",
          status: "False",
          lastTransitionTime,
          reason: "FailedGetResourceMetric",
          message: NO_METRICS,
        },
      ],
    });
  }
}

function targetOf(world: World, autoscaler: Stored): Stored | undefined {
  const target = read<{ kind: string; name: string }>(autoscaler, "spec", "scaleTargetRef");
  const plural = target?.kind === "StatefulSet" ? "statefulsets" : "deployments";
  return target === undefined ? undefined : find(world, plural, autoscaler.metadata.namespace, target.name);
}
