import type { Config, TargetSettings } from "../config/config.ts";

/** What the user means to do, as far as the configuration says; the audit judges facts against it. */
export interface Intent {
  readonly web: ObjectName | null;
  readonly worker: ObjectName | null;
  readonly postgres: StoreIntent;
  /** The new database is a provider's, whose own migration may carry it there. */
  readonly hasOnlineMigration: boolean;
  readonly redis: StoreIntent;
  /** Hosts there are. */
  readonly hosts: readonly HostIntent[];
  /** Hosts that do not exist yet. */
  readonly newHosts: readonly string[];
  /** Those of them that shall be servers. */
  readonly newServers: readonly string[];
}

export interface ObjectName {
  readonly namespace: string;
  readonly name: string;
}

export interface StoreIntent {
  /** `null`: not said; the audit then looks for it. */
  readonly service: ObjectName | null;
  /** It will be found at another address: managed, or with Redis behind Sentinel. */
  readonly leavesCluster: boolean;
  /** The managed plan's name, `db-s-1vcpu-1gb`; `null`: not managed, or not said. */
  readonly size: string | null;
}

export interface HostIntent {
  readonly name: string;
  readonly role: "server" | "agent";
  readonly privateAddress: string | null;
}

const SMALLEST_SIZE = "db-s-1vcpu-1gb";

/** The default target of the product: two hosts, both data stores outside. */
export const DEFAULT_INTENT: Intent = {
  web: null,
  worker: null,
  postgres: { service: null, leavesCluster: true, size: SMALLEST_SIZE },
  hasOnlineMigration: false,
  redis: { service: null, leavesCluster: true, size: SMALLEST_SIZE },
  hosts: [],
  newHosts: ["the new node"],
  newServers: [],
};

/** The configuration as the audit needs it; without a `target` the product's default is meant. */
export function intentOf({ scope, postgres, redis, hosts, target }: Config): Intent {
  return {
    web: scope.web === null ? null : nameOf(scope.web),
    worker: scope.worker === null ? null : nameOf(scope.worker),
    postgres: { service: postgres?.service ?? null, ...storeOf(target?.postgres) },
    hasOnlineMigration: hasOnlineMigration(target?.postgres),
    redis: { service: redis?.service ?? null, ...storeOf(target?.redis) },
    hosts: hosts.map(({ name, role, privateAddress }) => ({ name, role, privateAddress })),
    newHosts: target === null ? DEFAULT_INTENT.newHosts : target.hosts.map(({ name }) => name),
    newServers: (target?.hosts ?? []).filter(({ role }) => role === "server").map(({ name }) => name),
  };
}

function nameOf({ namespace, name }: ObjectName): ObjectName {
  return { namespace, name };
}

function storeOf(
  store: TargetSettings["postgres"] | TargetSettings["redis"] | undefined,
): Omit<StoreIntent, "service"> {
  if (store === "stay") return { leavesCluster: false, size: null };
  if (store === undefined) return { leavesCluster: true, size: SMALLEST_SIZE };
  return { leavesCluster: true, size: "managed" in store ? store.managed.size : null };
}

function hasOnlineMigration(postgres: TargetSettings["postgres"] | undefined): boolean {
  return typeof postgres === "object" && "at" in postgres && postgres.onlineMigration !== null;
}
