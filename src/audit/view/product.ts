import type { AuditContext } from "../context.ts";
import type { ObjectName } from "../intent.ts";
import { celeryOf } from "./celery.ts";
import { field } from "./kube.ts";
import { selects } from "./serviceHost.ts";
import type { Workload } from "./workload.ts";

const OPERATORS =
  /^(kube-.*|cert-manager|external-secrets(-.*)?|external-dns|tailscale|traefik|ingress-nginx|monitoring|observability|opentelemetry.*|grafana.*|argocd|flux-system|reloader|infisical.*|local-path-storage)$/;

/** Namespaces of operators and of the cluster itself, by the names their own manuals give them. */
export function isOperators(namespace: string): boolean {
  return OPERATORS.test(namespace);
}

/** The user's own workloads: not those of operators and of the cluster. */
export function productWorkloads({ cluster }: AuditContext): readonly Workload[] {
  return cluster.workloads.filter(({ namespace }) => !isOperators(namespace));
}

/** The web Deployment as configured; else what an Ingress leads to. */
export function webWorkloads(context: AuditContext): readonly Workload[] {
  const { intent, cluster } = context;
  if (intent.web !== null) return named(intent.web, cluster.workloads);
  const services = [...cluster.of("Ingress"), ...cluster.of("IngressRoute")].flatMap((ingress) =>
    serviceNames(ingress.spec).map((name) =>
      cluster.find("Service", ingress.metadata.namespace ?? "default", name),
    ),
  );
  const wanted = new Set(services.filter((service) => service !== undefined));
  return productWorkloads(context).filter(({ kind, namespace, podLabels }) => {
    if (kind !== "Deployment") return false;
    return [...wanted].some(
      (service) => (service.metadata.namespace ?? "default") === namespace && selects(service, podLabels),
    );
  });
}

/** The worker Deployment as configured; else what runs `celery worker`. */
export function workerWorkloads(context: AuditContext): readonly Workload[] {
  const { intent, cluster } = context;
  if (intent.worker !== null) return named(intent.worker, cluster.workloads);
  return cluster.workloads.filter((workload) => celeryOf(workload).some(({ role }) => role === "worker"));
}

/** What the move spreads over both hosts. */
export function spreadWorkloads(context: AuditContext): readonly Workload[] {
  const all = [...webWorkloads(context), ...workerWorkloads(context)];
  return [...new Set(all)].filter(({ kind }) => kind === "Deployment");
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
