import type { AuditCheck, Hit } from "../../check.ts";
import type { AuditContext } from "../../context.ts";
import { subjectOf } from "../../view/kube.ts";
import { hostCount } from "../../view/placement.ts";
import { mostReplicas, rolloutOf } from "../../view/rollout.ts";
import type { Workload } from "../../view/workload.ts";

export const hostPort: AuditCheck = {
  id: "workloads/host-port",
  severity: "warns",
  title: "A port of the host lets one pod run on each",
  reason:
    "A `hostPort`, or `hostNetwork` with a port, is taken once on each host. A rolling update that starts the new pod first finds no free host and waits; and whoever reaches the service by the first host's address does not " +
    "find it when it runs on the second. DaemonSets are made for that: one pod on every host.",
  sources: ["https://kubernetes.io/docs/concepts/configuration/overview/#services"],
  find,
};

function find(context: AuditContext): readonly Hit[] {
  const hosts = hostCount(context);
  return context.cluster.workloads
    .filter(({ kind }) => kind === "Deployment" || kind === "StatefulSet")
    .flatMap((workload) => {
      const ports = hostPortsOf(workload);
      const replicas = mostReplicas(workload, context.cluster);
      const { type, surge, unavailable } = rolloutOf({ ...workload, replicas });
      const isStuck = type === "RollingUpdate" && unavailable === 0 && replicas + surge > hosts;
      if (ports.length === 0 || (replicas <= hosts && !isStuck)) return [];
      return [
        {
          subject: subjectOf(workload.object),
          evidence: `${ports.join(", ")}; ${replicas} ${replicas === 1 ? "replica" : "replicas"}, maxSurge ${surge}, maxUnavailable ${unavailable}, ${hosts} hosts`,
          fix: `Reach it through a Service and drop the host's port; or make it a DaemonSet${isStuck ? "; or set rollingUpdate: { maxSurge: 0, maxUnavailable: 1 }" : ""}.`,
        },
      ];
    });
}

function hostPortsOf({ podSpec }: Workload): readonly string[] {
  return (podSpec.containers ?? []).flatMap(({ name, ports = [] }) =>
    ports.flatMap(({ hostPort: port, containerPort }) => {
      if (port !== undefined) return [`container ${name}: hostPort ${port}`];
      return podSpec.hostNetwork === true
        ? [`container ${name}: hostNetwork with port ${containerPort}`]
        : [];
    }),
  );
}
