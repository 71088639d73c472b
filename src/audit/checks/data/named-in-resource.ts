import type { KubeObject } from "../../../model/facts.ts";
import type { AuditCheck, Hit } from "../../check.ts";
import type { AuditContext } from "../../context.ts";
import { subjectOf } from "../../view/kube.ts";
import { hostMatcher } from "../../view/serviceHost.ts";

export const namedInResource: AuditCheck = {
  id: "data/named-in-resource",
  severity: "warns",
  title: "A custom resource names the old store",
  reason:
    "Not only pods know where Postgres and Redis are: a KEDA trigger, a collector's receiver, a TCP route of Traefik or the values of a HelmChart name them in a resource of their own. " +
    "Nobody restarts those at the switch. They go on asking a server that is no more, and a route lets the outside in to the wrong one.",
  sources: [
    "https://keda.sh/docs/latest/scalers/redis-lists/",
    "https://doc.traefik.io/traefik/reference/routing-configuration/kubernetes/crd/tcp/ingressroutetcp/",
    "https://docs.k3s.io/add-ons/helm",
  ],
  find,
};

function find({ stores, cluster }: AuditContext): readonly Hit[] {
  const resources = cluster.objects.filter(isCustom);
  return stores
    .filter(({ leavesCluster }) => leavesCluster)
    .flatMap(({ service }) => {
      const names = hostMatcher(service, cluster);
      return resources.flatMap((object) => {
        const namespace = object.metadata.namespace ?? "default";
        const places = textsIn(object.spec, "spec").filter(
          (each) => isAddress(each) && names(each.text, namespace),
        );
        if (places.length === 0) return [];
        return [
          {
            subject: subjectOf(object),
            evidence: places.map(({ path, text }) => `${path}: ${text}`).join("\n"),
            fix: `Change it in the same step as the address of ${service.namespace}/${service.name}, or take it away before; nothing does so by itself.`,
          },
        ];
      });
    });
}

/** A certificate's names are its own; who writes Secrets is told with those who read them. */
const TOLD_ELSEWHERE = /^(cert-manager\.io|external-secrets\.io|secrets\.infisical\.com)\//;

/** Kubernetes' own groups have no dot, or end in k8s.io. */
function isCustom({ apiVersion }: KubeObject): boolean {
  const group = apiVersion.split("/")[0] ?? "";
  return group.includes(".") && !group.endsWith(".k8s.io") && !TOLD_ELSEWHERE.test(apiVersion);
}

interface Text {
  readonly path: string;
  readonly text: string;
}

/** Every line of every text; of a line of YAML within one, the key belongs to the path. */
function textsIn(value: unknown, path: string): readonly Text[] {
  if (typeof value === "string") return value.split("\n").map((line) => lineIn(line, path));
  if (Array.isArray(value)) return value.flatMap((each, index) => textsIn(each, `${path}[${index}]`));
  if (typeof value !== "object" || value === null) return [];
  return Object.entries(value).flatMap(([key, each]) => textsIn(each, `${path}.${key}`));
}

function lineIn(line: string, path: string): Text {
  const [, key, text] = /^[\s-]*([\w.-]+):\s+(.*)$/.exec(line) ?? [];
  return key === undefined || text === undefined
    ? { path, text: line.trim() }
    : { path: `${path}.${key}`, text };
}

/** `type: redis` names a kind of thing, `host: redis` a Service of that name. */
function isAddress({ path, text }: Text): boolean {
  return /[:./@]/.test(text) || /(host|address|endpoint|server|ur[il]|services\[\d+\]\.name)\w*$/i.test(path);
}
