import type { AuditCheck, Hit } from "../../check.ts";
import type { AuditContext } from "../../context.ts";
import { subjectOf } from "../../view/kube.ts";
import { disabledPart, settingText } from "../../view/settings.ts";

export const metricsServer: AuditCheck = {
  id: "k3s/metrics-server",
  severity: "warns",
  title: "Autoscaling has no metrics",
  reason:
    "A HorizontalPodAutoscaler reads from metrics-server. With disable: metrics-server its target stays <unknown>, it never scales, and " +
    "kubectl top does not say which of two hosts is full.",
  sources: [
    "https://docs.k3s.io/installation/packaged-components",
    "https://github.com/k3s-io/k3s/issues/252",
  ],
  find,
};

function find(context: AuditContext): readonly Hit[] {
  const setting = disabledPart(context, "metrics-server");
  if (setting === undefined || hasOneAnyway(context)) return [];
  const written = context.facts.repository?.objects ?? [];
  const scalers = [...context.cluster.of("HorizontalPodAutoscaler"), ...written]
    .filter(({ kind }) => kind === "HorizontalPodAutoscaler")
    .map(subjectOf);
  const evidence = settingText(setting);
  const fix = `Take metrics-server out of disable (${setting.where}) and restart k3s; kubectl top nodes then answers after a minute.`;
  return [
    {
      subject: setting.subject,
      evidence:
        scalers.length === 0 ? evidence : `${evidence}, while there is ${[...new Set(scalers)].join(", ")}`,
      fix,
      // Without an autoscaler it is only a matter of seeing which host is full.
      ...(scalers.length === 0 ? { severity: "informs" as const } : {}),
      ...(setting.at === undefined ? {} : { at: setting.at }),
    },
  ];
}

/** Somebody's own installation serves the same API. */
function hasOneAnyway({ cluster }: AuditContext): boolean {
  return cluster.find("APIService", undefined, "v1beta1.metrics.k8s.io") !== undefined;
}
