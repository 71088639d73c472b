/** A kind the audit or the plan looks at. */
export interface WantedKind {
  /** `""` is the core group. */
  readonly group: string;
  /** The one to ask for; of a group that serves others only, its preferred. */
  readonly version: string;
  readonly plural: string;
  /** A selector of what is not worth fetching. */
  readonly query?: string;
}

/** Helm's own records: large, secret, and none of our business. */
const NO_HELM_RELEASES = `fieldSelector=${encodeURIComponent("type!=helm.sh/release.v1")}`;

export const WANTED: readonly WantedKind[] = [
  ...kinds("v1", [
    "nodes",
    "namespaces",
    "pods",
    "services",
    "configmaps",
    "persistentvolumes",
    "persistentvolumeclaims",
    "serviceaccounts",
  ]),
  { group: "", version: "v1", plural: "secrets", query: NO_HELM_RELEASES },
  ...kinds("apps/v1", ["deployments", "statefulsets", "daemonsets"]),
  ...kinds("batch/v1", ["jobs", "cronjobs"]),
  ...kinds("policy/v1", ["poddisruptionbudgets"]),
  ...kinds("storage.k8s.io/v1", ["storageclasses"]),
  ...kinds("networking.k8s.io/v1", ["ingresses", "ingressclasses", "networkpolicies"]),
  ...kinds("autoscaling/v2", ["horizontalpodautoscalers"]),
  ...kinds("discovery.k8s.io/v1", ["endpointslices"]),
  ...kinds("admissionregistration.k8s.io/v1", [
    "validatingwebhookconfigurations",
    "mutatingwebhookconfigurations",
  ]),
  ...kinds("apiregistration.k8s.io/v1", ["apiservices"]),
  ...kinds("apiextensions.k8s.io/v1", ["customresourcedefinitions"]),
  ...kinds("external-secrets.io/v1", ["externalsecrets", "secretstores", "clustersecretstores"]),
  ...kinds("secrets.infisical.com/v1alpha1", ["infisicalsecrets"]),
  ...kinds("traefik.io/v1alpha1", ["ingressroutes", "ingressroutetcps"]),
  ...kinds("helm.cattle.io/v1", ["helmcharts", "helmchartconfigs"]),
  ...kinds("cert-manager.io/v1", ["certificates", "issuers", "clusterissuers"]),
  ...kinds("tailscale.com/v1alpha1", ["connectors", "proxygroups"]),
  ...kinds("opentelemetry.io/v1beta1", ["opentelemetrycollectors"]),
  ...kinds("keda.sh/v1alpha1", ["scaledobjects"]),
];

function kinds(apiVersion: string, plurals: readonly string[]): readonly WantedKind[] {
  const [group, version] = apiVersion.includes("/") ? apiVersion.split("/") : ["", apiVersion];
  return plurals.map((plural) => ({ group: group ?? "", version: version ?? "", plural }));
}
