import type { K3sSetting } from "../../../model/hostFacts.ts";

/** Keys that collect: what stands on the command line is added to the file's. For all others the last one counts. */
const REPEATABLE = new Set([
  "cluster-cidr",
  "cluster-dns",
  "disable",
  "etcd-arg",
  "kube-apiserver-arg",
  "kube-cloud-controller-manager-arg",
  "kube-controller-manager-arg",
  "kube-proxy-arg",
  "kube-scheduler-arg",
  "kubelet-arg",
  "node-external-dns",
  "node-external-ip",
  "node-internal-dns",
  "node-ip",
  "node-label",
  "node-taint",
  "service-cidr",
  "tls-san",
]);

/**
 * What k3s goes by: it puts the configuration files' settings before the arguments of its command line, and
 * asks the environment only for what neither says. https://docs.k3s.io/installation/configuration
 */
export function effectiveSettings(
  files: readonly K3sSetting[],
  commandLine: readonly K3sSetting[],
  environment: readonly K3sSetting[],
): readonly K3sSetting[] {
  const written = [...files, ...commandLine];
  const last = new Map(written.map((setting) => [setting.key, setting]));
  const kept = written.filter((setting) => REPEATABLE.has(setting.key) || last.get(setting.key) === setting);
  return [...kept, ...environment.filter(({ key }) => !last.has(key))].map(lastValue);
}

function lastValue(setting: K3sSetting): K3sSetting {
  return REPEATABLE.has(setting.key) ? setting : { ...setting, values: setting.values.slice(-1) };
}
