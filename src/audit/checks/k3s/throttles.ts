import type { AuditCheck, Hit } from "../../check.ts";
import type { AuditContext } from "../../context.ts";
import { type Argument, argumentsOf, settingText } from "../../view/settings.ts";

export const throttles: AuditCheck = {
  id: "k3s/throttles",
  severity: "warns",
  title: "The control plane is throttled for one core",
  reason:
    "Below Kubernetes' defaults the API server refuses (429) and the controllers work one thing at a time. One small host needs that; with " +
    "two, every kubelet, controller and webhook asks the same server, and a rollout over both hosts waits in the queue. k3s with a second " +
    "node runs with the defaults.",
  sources: [
    "https://kubernetes.io/docs/reference/command-line-tools-reference/kube-apiserver/",
    "https://kubernetes.io/docs/reference/command-line-tools-reference/kube-controller-manager/",
    "https://kubernetes.io/docs/concepts/cluster-administration/flow-control/",
  ],
  find,
};

/** Kubernetes' own defaults, of the arguments that people lower on a small host. */
const DEFAULTS: Readonly<Record<string, Readonly<Record<string, number>>>> = {
  "kube-apiserver-arg": { "max-requests-inflight": 400, "max-mutating-requests-inflight": 200 },
  "kube-controller-manager-arg": {
    "concurrent-cron-job-syncs": 5,
    "concurrent-deployment-syncs": 5,
    "concurrent-endpoint-syncs": 5,
    "concurrent-gc-syncs": 20,
    "concurrent-horizontal-pod-autoscaler-syncs": 5,
    "concurrent-job-syncs": 5,
    "concurrent-namespace-syncs": 10,
    "concurrent-replicaset-syncs": 5,
    "concurrent-resource-quota-syncs": 5,
    "concurrent-service-endpoint-syncs": 5,
    "concurrent-serviceaccount-token-syncs": 5,
    "concurrent-statefulset-syncs": 5,
    "kube-api-burst": 30,
    "kube-api-qps": 20,
  },
  "kube-scheduler-arg": { "kube-api-burst": 100, "kube-api-qps": 50 },
};

function find(context: AuditContext): readonly Hit[] {
  return argumentsOf(context, ...Object.keys(DEFAULTS)).flatMap((argument) => {
    const normal = DEFAULTS[argument.setting.key]?.[argument.flag];
    const isLower = normal !== undefined && Number(argument.value) < normal && isCount(argument.value);
    return isLower ? [hitOf(argument, normal)] : [];
  });
}

/** 0 switches the limit off: no throttle at all. */
function isCount(value: string): boolean {
  return /^[1-9]\d*$/.test(value);
}

function hitOf({ setting, flag }: Argument, normal: number): Hit {
  return {
    subject: setting.subject,
    evidence: `${settingText(setting)}; Kubernetes' default is ${normal}`,
    fix: `Take the line out of ${setting.at === undefined ? setting.where : `${setting.at.file}:${setting.at.line}`} (or write ${flag}=${normal}), and restart k3s once.`,
    ...(setting.at === undefined ? {} : { at: setting.at }),
  };
}
