import { argumentsOf } from "../../audit/view/settings.ts";
import { MINUTE } from "../../model/time.ts";
import { HARMLESS, type PlanInput, planner } from "../planner.ts";
import { hasOthers, readTopology, topologyParts } from "../topology.ts";

/** A server that was throttled for a single core, once it serves two hosts. */
export const k3sConfig = planner({
  kind: "k3s-config",
  read: (input) => {
    const topology = readTopology(input);
    return { topology, throttles: hasOthers(topology) ? throttlesOf(topology.server.name, input) : [] };
  },
  parts: ({ topology, throttles }) => ({
    ...topologyParts(topology),
    [`k3s throttles of ${topology.server.name}`]: throttles,
  }),
  steps: ({ topology: { server }, throttles }) =>
    throttles.length === 0
      ? []
      : [
          {
            ...HARMLESS,
            id: `k3s-config/${server.name}`,
            kind: "k3s-config",
            after: ["backup", "node-address"],
            durationMs: MINUTE,
            params: { host: server.name, drop: throttles, enable: [] },
          },
        ],
});

function throttlesOf(host: string, { context }: PlanInput) {
  return argumentsOf(context, ...Object.keys(DEFAULTS))
    .filter(({ setting, flag, value }) => {
      const usual = DEFAULTS[setting.key]?.[flag];
      return setting.host === host && usual !== undefined && Number(value) < usual;
    })
    .map(({ setting, flag }) => ({ setting: setting.key, argument: flag }));
}

/**
 * Kubernetes' own values, below which an argument is a throttle.
 * https://kubernetes.io/docs/reference/command-line-tools-reference/kube-apiserver/
 * https://kubernetes.io/docs/reference/command-line-tools-reference/kube-controller-manager/
 */
const DEFAULTS: Readonly<Record<string, Readonly<Record<string, number>>>> = {
  "kube-apiserver-arg": { "max-requests-inflight": 400, "max-mutating-requests-inflight": 200 },
  "kube-controller-manager-arg": {
    "concurrent-cron-job-syncs": 5,
    "concurrent-daemonset-syncs": 2,
    "concurrent-deployment-syncs": 5,
    "concurrent-endpoint-syncs": 5,
    "concurrent-gc-syncs": 20,
    "concurrent-job-syncs": 5,
    "concurrent-namespace-syncs": 10,
    "concurrent-rc-syncs": 5,
    "concurrent-replicaset-syncs": 5,
    "concurrent-resource-quota-syncs": 5,
    "concurrent-service-endpoint-syncs": 5,
    "concurrent-service-syncs": 1,
    "concurrent-serviceaccount-token-syncs": 5,
    "concurrent-statefulset-syncs": 5,
    "concurrent-ttl-after-finished-syncs": 5,
    "kube-api-burst": 30,
    "kube-api-qps": 20,
  },
};
