import type { Labels, Workload } from "../model/settings.ts";
import type { BoundSet } from "./bounds.ts";
import { literal } from "./promql.ts";

/** One of the places where Traefik counts requests, and what picks the web workload's there. */
export interface TraefikPlace {
  /** `traefik-service` */
  readonly id: string;
  /** `service` in `traefik_service_requests_total`. */
  readonly place: "service" | "router" | "entrypoint";
  readonly labels: Labels;
  readonly caveat?: string;
}

/** Best first. `exported_service` is what Prometheus calls Traefik's label where a ServiceMonitor puts its own `service`. */
export function traefikPlaces(web: Workload | null): readonly TraefikPlace[] {
  if (web === null) return [{ ...SERVICES, labels: {}, caveat: EVERY_SERVICE }, ENTRYPOINTS];
  const service = serviceLabel(web);
  return [
    { ...SERVICES, labels: { service } },
    { ...SERVICES, id: "traefik-service-exported", labels: { exported_service: service } },
    { ...ROUTERS, labels: { service } },
    { ...ROUTERS, id: "traefik-router-exported", labels: { exported_service: service } },
    ENTRYPOINTS,
  ];
}

const SERVICES = { id: "traefik-service", place: "service" } as const;
const ROUTERS = {
  id: "traefik-router",
  place: "router",
  caveat: "measured at the router: what middlewares take and answer is in it",
} as const;
const ENTRYPOINTS: TraefikPlace = {
  id: "traefik-entrypoint",
  place: "entrypoint",
  labels: { entrypoint: "!~traefik|metrics|ping" },
  caveat: "measured at the entry points: all that Traefik serves is in it, not web alone",
};
const EVERY_SERVICE = "all services behind Traefik: name yours in workloads.web";

/**
 * `default-glaze-web-80@kubernetes` of an Ingress, `default-glaze-web-6f97418635c7e18853da@kubernetescrd` of an
 * IngressRoute, `default-glaze-web-http-80@kubernetesgateway` of an HTTPRoute; never `default-glaze-web-admin-80@…`.
 */
function serviceLabel({ namespace, name, service }: Workload): string {
  const prefix = literal(normalized(`${namespace}-${service ?? name}`));
  return `=~${prefix}-([^-@]+@kubernetes[a-z]*|http-[0-9]+@kubernetesgateway)`;
}

/** Traefik makes every run of other characters one hyphen. */
function normalized(name: string): string {
  return name.split(/[^\p{Letter}\p{Number}]+/u).join("-");
}

/** How Traefik's histogram gets the bounds it lacks; the ones the default rules need are always among them. */
export function traefikBucketFix(missing: BoundSet): string {
  const bounds = [...new Set([...RECOMMENDED, ...missing])].sort((a, b) => a - b);
  return helmChartConfig(`buckets: "${bounds.join(",")}"`);
}

/** How k3s' own Traefik is told anything: https://docs.k3s.io/add-ons/helm#customizing-packaged-components-with-helmchartconfig */
function helmChartConfig(prometheus: string): string {
  return `in k3s: HelmChartConfig "traefik" in kube-system, valuesContent: 'metrics: { prometheus: { ${prometheus} } }'`;
}

const RECOMMENDED: BoundSet = [0.1, 0.25, 0.5, 1, 2, 5];

/** How to come by Traefik's numbers at all. */
export function traefikFix(series: string): string {
  const settings = `addServicesLabels: true, buckets: "${RECOMMENDED.join(",")}"`;
  return (
    `Scrape Traefik (port 9100 of its pod, /metrics) and keep ${series}; ${helmChartConfig(settings)}. ` +
    "If it is scraped, compare its service label with workloads.web.service: default/glaze-web reads default-glaze-web-80@kubernetes there."
  );
}
