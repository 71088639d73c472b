import type { KubeObject } from "../../model/facts.ts";
import type { ObjectName } from "../intent.ts";
import type { ClusterView } from "./cluster.ts";
import { field } from "./kube.ts";
import type { Workload } from "./workload.ts";

/** Whether a text names a Service, read in a given namespace. */
export type HostMatcher = (text: string, namespace: string) => boolean;

/**
 * Every way to name a Service: its own names, those of other Services before the same pods, aliases
 * (`ExternalName`), its cluster address, one of its pods, and the variables Kubernetes sets for it.
 */
export function hostMatcher(service: ObjectName, cluster: ClusterView): HostMatcher {
  const server = serviceNames(service, cluster);
  const patterns = new Map<string, RegExp>();
  return (text, namespace) => {
    const known = patterns.get(namespace) ?? hostPattern(server, namespace);
    patterns.set(namespace, known);
    return known.test(text);
  };
}

/** What a Service is called, as plain values. */
export interface ServiceNames {
  /** Its own name first, then those of others that lead to the same pods. */
  readonly names: readonly ObjectName[];
  /** Its address in the cluster; `null`: it has none. */
  readonly address: string | null;
}

export function serviceNames(service: ObjectName, cluster: ClusterView): ServiceNames {
  const address = field(cluster.find("Service", service.namespace, service.name), "spec", "clusterIP");
  return {
    names: [service, ...aliasesOf(service, cluster)],
    address: typeof address === "string" && address.includes(".") ? address : null,
  };
}

/** The hosts a text of that namespace may name the Service by, as a part of a pattern. */
export function hostExpression({ names, address }: ServiceNames, namespace: string): string {
  const anywhere = [...names.map(fullPattern), ...(address === null ? [] : [escaped(address)])];
  const near = nearNames(names, namespace).map(({ name }) => escaped(name));
  return `([a-z0-9-]+-\\d+\\.)?(${[...anywhere, ...near].join("|")})`;
}

/** The beginnings of the variables Kubernetes sets for it: `GLAZE_POSTGRES`. */
export function variablePrefixes({ names }: ServiceNames, namespace: string): readonly string[] {
  return nearNames(names, namespace).map(({ name }) => name.toUpperCase().replaceAll("-", "_"));
}

/** From another namespace the bare name means another Service. */
function nearNames(names: readonly ObjectName[], namespace: string): readonly ObjectName[] {
  return names.filter((each) => each.namespace === namespace);
}

/** The pods behind the Service. */
export function serves(workload: Workload, service: ObjectName, cluster: ClusterView): boolean {
  const object = cluster.find("Service", service.namespace, service.name);
  return workload.namespace === service.namespace && selects(object, workload.podLabels);
}

export function selects(
  service: KubeObject | undefined,
  podLabels: Readonly<Record<string, string>>,
): boolean {
  const selector = field(service, "spec", "selector");
  if (typeof selector !== "object" || selector === null) return false;
  const wanted = Object.entries(selector);
  return wanted.length > 0 && wanted.every(([key, value]) => podLabels[key] === value);
}

function aliasesOf(service: ObjectName, cluster: ClusterView): readonly ObjectName[] {
  const behind = cluster.workloads.filter((workload) => serves(workload, service, cluster));
  const full = new RegExp(`^${fullPattern(service)}\\.?$`);
  return cluster.of("Service").flatMap((each) => {
    const name = { namespace: each.metadata.namespace ?? "default", name: each.metadata.name };
    if (name.namespace === service.namespace && name.name === service.name) return [];
    const target = field(each, "spec", "externalName");
    const isAlias = typeof target === "string" && full.test(target);
    const isSibling =
      name.namespace === service.namespace &&
      behind.length > 0 &&
      behind.every(({ podLabels }) => selects(each, podLabels));
    return isAlias || isSibling ? [name] : [];
  });
}

function hostPattern(server: ServiceNames, namespace: string): RegExp {
  const set = variablePrefixes(server, namespace)
    .map((name) => `|\\b${name}_(SERVICE_HOST|PORT(_\\d+_TCP(_ADDR)?)?)\\b`)
    .join("");
  return new RegExp(`(^|[^\\w.-])${hostExpression(server, namespace)}\\.?($|[^\\w.-])${set}`);
}

function fullPattern({ namespace, name }: ObjectName): string {
  return `${escaped(name)}\\.${escaped(namespace)}(\\.svc(\\.[\\w.-]+)?)?`;
}

function escaped(text: string): string {
  return text.replace(/[\\^$.*+?()[\]{}|]/g, "\\$&");
}
