import assert from "node:assert/strict";
import { test } from "node:test";
import { traefikBucketFix, traefikFix, traefikPlaces } from "./traefik.ts";

const WEB = { namespace: "default", name: "glaze-web", container: null, service: null };

test("places, best first: the service, pushed aside or not, its routers, the entry points", () => {
  const service = "=~default-glaze-web-([^-@]+@kubernetes[a-z]*|http-[0-9]+@kubernetesgateway)";
  const router = "measured at the router: what middlewares take and answer is in it";
  assert.deepEqual(traefikPlaces(WEB), [
    { id: "traefik-service", place: "service", labels: { service } },
    { id: "traefik-service-exported", place: "service", labels: { exported_service: service } },
    { id: "traefik-router", place: "router", labels: { service }, caveat: router },
    { id: "traefik-router-exported", place: "router", labels: { exported_service: service }, caveat: router },
    {
      id: "traefik-entrypoint",
      place: "entrypoint",
      labels: { entrypoint: "!~traefik|metrics|ping" },
      caveat: "measured at the entry points: all that Traefik serves is in it, not web alone",
    },
  ]);
});

test("without a web workload every service counts, and the caveat says how to narrow", () => {
  assert.deepEqual(
    traefikPlaces(null).map(({ id, labels, caveat }) => ({ id, labels, caveat })),
    [
      {
        id: "traefik-service",
        labels: {},
        caveat: "all services behind Traefik: name yours in workloads.web",
      },
      {
        id: "traefik-entrypoint",
        labels: { entrypoint: "!~traefik|metrics|ping" },
        caveat: "measured at the entry points: all that Traefik serves is in it, not web alone",
      },
    ],
  );
});

test("a Service named otherwise than its Deployment is looked for by its own name", () => {
  const [first] = traefikPlaces({ ...WEB, namespace: "shop--eu", service: "web.v1+x" });
  assert.deepEqual(first?.labels, {
    service: "=~shop-eu-web-v1-x-([^-@]+@kubernetes[a-z]*|http-[0-9]+@kubernetesgateway)",
  });
});

test("the fix of missing buckets keeps those the default rules need", () => {
  assert.equal(
    traefikBucketFix([0.5, 1]),
    'in k3s: HelmChartConfig "traefik" in kube-system, valuesContent: ' +
      "'metrics: { prometheus: { buckets: \"0.1,0.25,0.5,1,2,5\" } }'",
  );
});

test("the fix of missing metrics says what to scrape, to set and to compare", () => {
  assert.equal(
    traefikFix("traefik_service_requests_total"),
    "Scrape Traefik (port 9100 of its pod, /metrics) and keep traefik_service_requests_total; " +
      'in k3s: HelmChartConfig "traefik" in kube-system, valuesContent: ' +
      "'metrics: { prometheus: { addServicesLabels: true, buckets: \"0.1,0.25,0.5,1,2,5\" } }'. " +
      "If it is scraped, compare its service label with workloads.web.service: default/glaze-web reads default-glaze-web-80@kubernetes there.",
  );
});
