import type { Intent, ObjectName } from "../intent.ts";
import { celeryOf } from "./celery.ts";
import type { ClusterView } from "./cluster.ts";
import { field } from "./kube.ts";
import { selects } from "./serviceHost.ts";
import type { Workload } from "./workload.ts";

const OPERATORS =
  /^(kube-.*|cert-manager|external-secrets(-.*)?|external-dns|tailscale|traefik|ingress-nginx|monitoring|observability|opentelemetry.*|grafana.*|argocd|flux-system|reloader|infisical.*|local-path-storage)$/;

/** Namespaces of operators and of the cluster itself, by the names their own manuals give them. */
export function isOperators(namespace: string): boolean {
  return OPERATORS.test(namespace);
}

/** The user's own workloads, and what each of them does. */
export interface Product {
  /** All that are not of operators and of the cluster. */
  readonly workloads: readonly Workload[];
  /** As configured; else what an Ingress leads to. */
  readonly web: readonly Workload[];
  /** As configured; else what runs `celery worker`. */
  readonly workers: readonly Workload[];
  /** The Deployments among them, which the move spreads over both hosts. */
  readonly spread: ReadonlySet<Workload>;
}

export function productOf(intent: Intent, cluster: ClusterView): Product {
  const workloads = cluster.workloads.filter(({ namespace }) => !isOperators(namespace));
  const web =
    intent.web === null ? behindIngresses(workloads, cluster) : named(intent.web, cluster.workloads);
  const workers = intent.worker === null ? celeryWorkers(workloads) : named(intent.worker, cluster.workloads);
  const spread = new Set([...web, ...workers].filter(({ kind }) => kind === "Deployment"));
  return { workloads, web, workers, spread };
}

function behindIngresses(workloads: readonly Workload[], cluster: ClusterView): readonly Workload[] {
  const services = [...cluster.of("Ingress"), ...cluster.of("IngressRoute")].flatMap((ingress) =>
    serviceNames(ingress.spec).flatMap(
      (name) => cluster.find("Service", ingress.metadata.namespace ?? "default", name) ?? [],
    ),
  );
  const near = Map.groupBy(new Set(services), ({ metadata }) => metadata.namespace ?? "default");
  return workloads.filter(
    ({ kind, namespace, podLabels }) =>
      kind === "Deployment" && (near.get(namespace) ?? []).some((service) => selects(service, podLabels)),
  );
}

function celeryWorkers(workloads: readonly Workload[]): readonly Workload[] {
  return workloads.filter((workload) => celeryOf(workload).some(({ role }) => role === "worker"));
}

function named({ namespace, name }: ObjectName, workloads: readonly Workload[]): readonly Workload[] {
  return workloads.filter((each) => each.namespace === namespace && each.name === name);
}

/** Names of Services anywhere in an Ingress or IngressRoute: both nest them under `service` or `services`. */
function serviceNames(spec: unknown): readonly string[] {
  if (Array.isArray(spec)) return spec.flatMap(serviceNames);
  if (typeof spec !== "object" || spec === null) return [];
  return Object.entries(spec).flatMap(([key, value]) => {
    if (key !== "service" && key !== "services") return serviceNames(value);
    const all: readonly unknown[] = Array.isArray(value) ? value : [value];
    return all.map((each) => field(each, "name")).filter((name) => typeof name === "string");
  });
}
