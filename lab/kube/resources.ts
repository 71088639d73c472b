/** A kind of object the API serves. */
export interface Resource {
  /** `""` is the core group. */
  readonly group: string;
  readonly version: string;
  readonly plural: string;
  readonly kind: string;
  readonly listKind: string;
  readonly isNamespaced: boolean;
  readonly isCustom: boolean;
  readonly subresources: readonly Subresource[];
  readonly shortNames: readonly string[];
  readonly categories: readonly string[];
  readonly verbs: readonly string[];
}

export interface Subresource {
  readonly name: string;
  readonly kind: string;
  readonly verbs: readonly string[];
  readonly group?: string;
  readonly version?: string;
}

interface Details {
  readonly cluster?: true;
  readonly short?: readonly string[];
  readonly all?: true;
  readonly sub?: readonly Subresource[];
  readonly verbs?: readonly string[];
}

const ALL_VERBS = ["create", "delete", "deletecollection", "get", "list", "patch", "update", "watch"];
const CHANGES = ["get", "patch", "update"];
const PROXY = ["create", "delete", "get", "patch", "update"];

export function apiVersionOf({ group, version }: Pick<Resource, "group" | "version">): string {
  return group === "" ? version : `${group}/${version}`;
}

/** As messages name it: `deployments.apps`, `nodes`. */
export function singularName({ group, plural }: Resource): string {
  return group === "" ? plural : `${plural}.${group}`;
}

function served(gv: string, plural: string, kind: string, details: Details = {}): Resource {
  const [group, version] = gv.includes("/") ? (gv.split("/") as [string, string]) : ["", gv];
  return {
    group,
    version,
    plural,
    kind,
    listKind: `${kind}List`,
    isNamespaced: details.cluster !== true,
    isCustom: false,
    subresources: details.sub ?? [],
    shortNames: details.short ?? [],
    categories: details.all === true ? ["all"] : [],
    verbs: details.verbs ?? ALL_VERBS,
  };
}

function status(kind: string): Subresource {
  return { name: "status", kind, verbs: CHANGES };
}

const SCALE: Subresource = {
  name: "scale",
  kind: "Scale",
  verbs: CHANGES,
  group: "autoscaling",
  version: "v1",
};

const POD_SUBRESOURCES: readonly Subresource[] = [
  { name: "attach", kind: "PodAttachOptions", verbs: ["create", "get"] },
  { name: "binding", kind: "Binding", verbs: ["create"] },
  { name: "ephemeralcontainers", kind: "Pod", verbs: CHANGES },
  { name: "eviction", kind: "Eviction", verbs: ["create"], group: "policy", version: "v1" },
  { name: "exec", kind: "PodExecOptions", verbs: ["create", "get"] },
  { name: "log", kind: "Pod", verbs: ["get"] },
  { name: "portforward", kind: "PodPortForwardOptions", verbs: ["create", "get"] },
  { name: "proxy", kind: "PodProxyOptions", verbs: PROXY },
  { name: "resize", kind: "Pod", verbs: CHANGES },
  status("Pod"),
];

const TOKEN: Subresource = {
  name: "token",
  kind: "TokenRequest",
  verbs: ["create"],
  group: "authentication.k8s.io",
  version: "v1",
};

const NAMESPACE_VERBS = ALL_VERBS.filter((verb) => verb !== "deletecollection");
const FINALIZE: Subresource = { name: "finalize", kind: "Namespace", verbs: ["update"] };
const NODE_PROXY: Subresource = { name: "proxy", kind: "NodeProxyOptions", verbs: PROXY };
const SERVICE_PROXY: Subresource = { name: "proxy", kind: "ServiceProxyOptions", verbs: PROXY };

const CORE: readonly Resource[] = [
  served("v1", "bindings", "Binding", { verbs: ["create"] }),
  served("v1", "componentstatuses", "ComponentStatus", {
    cluster: true,
    short: ["cs"],
    verbs: ["get", "list"],
  }),
  served("v1", "configmaps", "ConfigMap", { short: ["cm"] }),
  served("v1", "endpoints", "Endpoints", { short: ["ep"] }),
  served("v1", "events", "Event", { short: ["ev"] }),
  served("v1", "limitranges", "LimitRange", { short: ["limits"] }),
  served("v1", "namespaces", "Namespace", {
    cluster: true,
    short: ["ns"],
    verbs: NAMESPACE_VERBS,
    sub: [FINALIZE, status("Namespace")],
  }),
  served("v1", "nodes", "Node", { cluster: true, short: ["no"], sub: [NODE_PROXY, status("Node")] }),
  served("v1", "persistentvolumeclaims", "PersistentVolumeClaim", {
    short: ["pvc"],
    sub: [status("PersistentVolumeClaim")],
  }),
  served("v1", "persistentvolumes", "PersistentVolume", {
    cluster: true,
    short: ["pv"],
    sub: [status("PersistentVolume")],
  }),
  served("v1", "pods", "Pod", { short: ["po"], all: true, sub: POD_SUBRESOURCES }),
  served("v1", "podtemplates", "PodTemplate"),
  served("v1", "replicationcontrollers", "ReplicationController", {
    short: ["rc"],
    all: true,
    sub: [SCALE, status("ReplicationController")],
  }),
  served("v1", "resourcequotas", "ResourceQuota", { short: ["quota"], sub: [status("ResourceQuota")] }),
  served("v1", "secrets", "Secret"),
  served("v1", "serviceaccounts", "ServiceAccount", { short: ["sa"], sub: [TOKEN] }),
  served("v1", "services", "Service", {
    short: ["svc"],
    all: true,
    sub: [SERVICE_PROXY, status("Service")],
  }),
];

const APPS: readonly Resource[] = [
  served("apps/v1", "controllerrevisions", "ControllerRevision"),
  served("apps/v1", "daemonsets", "DaemonSet", { short: ["ds"], all: true, sub: [status("DaemonSet")] }),
  served("apps/v1", "deployments", "Deployment", {
    short: ["deploy"],
    all: true,
    sub: [SCALE, status("Deployment")],
  }),
  served("apps/v1", "replicasets", "ReplicaSet", {
    short: ["rs"],
    all: true,
    sub: [SCALE, status("ReplicaSet")],
  }),
  served("apps/v1", "statefulsets", "StatefulSet", {
    short: ["sts"],
    all: true,
    sub: [SCALE, status("StatefulSet")],
  }),
];

const ADMISSION = "admissionregistration.k8s.io/v1";
const RBAC = "rbac.authorization.k8s.io/v1";

const REST: readonly Resource[] = [
  served("batch/v1", "cronjobs", "CronJob", { short: ["cj"], all: true, sub: [status("CronJob")] }),
  served("batch/v1", "jobs", "Job", { all: true, sub: [status("Job")] }),
  served("policy/v1", "poddisruptionbudgets", "PodDisruptionBudget", {
    short: ["pdb"],
    sub: [status("PodDisruptionBudget")],
  }),
  served("storage.k8s.io/v1", "storageclasses", "StorageClass", { cluster: true, short: ["sc"] }),
  served("networking.k8s.io/v1", "ingressclasses", "IngressClass", { cluster: true }),
  served("networking.k8s.io/v1", "ingresses", "Ingress", { short: ["ing"], sub: [status("Ingress")] }),
  served("networking.k8s.io/v1", "networkpolicies", "NetworkPolicy", { short: ["netpol"] }),
  served("autoscaling/v2", "horizontalpodautoscalers", "HorizontalPodAutoscaler", {
    short: ["hpa"],
    all: true,
    sub: [status("HorizontalPodAutoscaler")],
  }),
  served("coordination.k8s.io/v1", "leases", "Lease"),
  served("discovery.k8s.io/v1", "endpointslices", "EndpointSlice"),
  served("scheduling.k8s.io/v1", "priorityclasses", "PriorityClass", { cluster: true, short: ["pc"] }),
  served(ADMISSION, "mutatingwebhookconfigurations", "MutatingWebhookConfiguration", { cluster: true }),
  served(ADMISSION, "validatingwebhookconfigurations", "ValidatingWebhookConfiguration", { cluster: true }),
  served("apiregistration.k8s.io/v1", "apiservices", "APIService", {
    cluster: true,
    sub: [status("APIService")],
  }),
  served("apiextensions.k8s.io/v1", "customresourcedefinitions", "CustomResourceDefinition", {
    cluster: true,
    short: ["crd", "crds"],
    sub: [status("CustomResourceDefinition")],
  }),
  served("authorization.k8s.io/v1", "selfsubjectaccessreviews", "SelfSubjectAccessReview", {
    cluster: true,
    verbs: ["create"],
  }),
  served(RBAC, "clusterroles", "ClusterRole", { cluster: true }),
  served(RBAC, "clusterrolebindings", "ClusterRoleBinding", { cluster: true }),
  served(RBAC, "roles", "Role"),
  served(RBAC, "rolebindings", "RoleBinding"),
];

/** What a Kubernetes serves by itself, as far as anyone here asks for it. */
export const BUILT_IN: readonly Resource[] = [...CORE, ...APPS, ...REST];

/** A kind of the built-in ones; what is not in the table is a mistake of this program. */
export function builtIn(plural: string): Resource {
  const found = BUILT_IN.find((resource) => resource.plural === plural);
  if (found === undefined) throw new Error(`There is no built-in resource ${plural}.`);
  return found;
}
