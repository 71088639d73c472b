import type { KubeObject } from "../../model/facts.ts";
import type { Intent, ObjectName, StoreIntent } from "../intent.ts";
import type { ClusterView } from "./cluster.ts";
import { type Consumer, consumersOf } from "./consumers.ts";
import { field } from "./kube.ts";
import { serves } from "./serviceHost.ts";
import type { Workload } from "./workload.ts";

/** Postgres or Redis, as the cluster has it. */
export interface DataStore {
  readonly kind: "postgres" | "redis";
  readonly service: ObjectName;
  readonly leavesCluster: boolean;
  readonly size: string | null;
  /** The pods behind the Service: empty once it has moved. */
  readonly workloads: readonly Workload[];
  readonly consumers: readonly Consumer[];
}

/** The stores the configuration names; where it names none, those that look like one. */
export function dataStores(intent: Intent, cluster: ClusterView): readonly DataStore[] {
  return [...storesOf("postgres", intent.postgres, cluster), ...storesOf("redis", intent.redis, cluster)];
}

function storesOf(kind: DataStore["kind"], intent: StoreIntent, cluster: ClusterView): readonly DataStore[] {
  const services = intent.service === null ? guess(kind, cluster) : [intent.service];
  return services.map((service) => ({
    kind,
    service,
    leavesCluster: intent.leavesCluster,
    size: intent.size,
    workloads: cluster.workloads.filter((workload) => serves(workload, service, cluster)),
    consumers: consumersOf(service, cluster),
  }));
}

const LOOKS = {
  postgres: { port: 5432, image: /(^|\/)(postgres|postgresql|postgis|timescaledb(-ha)?|pgvector)(:|@|$)/ },
  redis: { port: 6379, image: /(^|\/)(redis|valkey|redis-stack(-server)?)(:|@|$)/ },
} as const;

/** One Service for each set of pods, with a cluster address before a headless one. */
function guess(kind: DataStore["kind"], cluster: ClusterView): readonly ObjectName[] {
  const { port, image } = LOOKS[kind];
  const stores = cluster.workloads.filter(({ podSpec }) =>
    (podSpec.containers ?? []).some((container) => image.test(container.image ?? "")),
  );
  const services = cluster.of("Service").filter((service) => hasPort(service, port));
  const found = stores.flatMap((workload) => {
    const before = services.map(nameOf).filter((name) => serves(workload, name, cluster));
    return (
      before.find(
        ({ namespace, name }) =>
          field(cluster.find("Service", namespace, name), "spec", "clusterIP") !== "None",
      ) ??
      before[0] ??
      []
    );
  });
  return [...new Map(found.map((name) => [`${name.namespace}/${name.name}`, name])).values()];
}

function hasPort(service: KubeObject, port: number): boolean {
  const ports = field(service, "spec", "ports");
  return Array.isArray(ports) && ports.some((each) => field(each, "port") === port);
}

function nameOf({ metadata }: KubeObject): ObjectName {
  return { namespace: metadata.namespace ?? "default", name: metadata.name };
}
