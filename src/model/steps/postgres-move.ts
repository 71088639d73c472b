import type { ConnectionDemand } from "../connectionDemand.ts";
import type { SecretRef } from "../secret.ts";
import type { Millis } from "../time.ts";
import type { FirewallChain } from "./firewall-open.ts";

/** A database leaves the cluster for a server that is there already, while the application goes on writing. */
export interface PostgresMove {
  readonly params: {
    readonly database: string;
    readonly driver: MoveDriver;
    /** Where the driver is the provider's. */
    readonly onlineMigration?: OnlineMigrationRef;
    /** False: the switch is a point of no return. */
    readonly canReturn: boolean;
    /** After so long without the switch the source lets its writers go on by itself, in milliseconds. */
    readonly holdLimitMs: Millis;
    /** The same of the target on the way home; absent in moves that an older version began: then it is the same. */
    readonly homeHoldLimitMs?: Millis;
    readonly source: ClusterPostgres;
    readonly target: OutsidePostgres;
    readonly application: ApplicationPlaces;
    /** What it may hold on the target: the move is refused where that is not to be had. */
    readonly demand: ConnectionDemand;
    /** Where `finish` brings it to its end from the new server alone; absent where both carry it out. */
    readonly without?: readonly LostPart[];
  };
  /**
   * What the application was told before is kept in Secrets of the cluster, named by the attempt. `door`: `null` where the
   * target dials nobody; absent in moves that an older version began.
   */
  readonly before: { readonly door?: MoveDoor | null };
  /** `wayBack`: what was wrong with it when it was looked at last; absent where it worked, or there is none. */
  readonly outputs: { readonly wayBack?: string };
}

/** Lost for good, as the user vouches. `later-rows`: what the old server may have taken after it was last proved that the new one has all. */
export type LostPart = "old-server" | "later-rows" | "cluster";

/** Where the target dials the source while rows are copied: a Service and, where a firewall drops it, rules, both named by the attempt. */
export interface MoveDoor {
  readonly host: string;
  readonly namespace: string;
  /** The host's private address, and the port there. */
  readonly address: string;
  readonly port: number;
  /** The target's addresses, as the host knew them then: they are let in, and nobody else. */
  readonly from: readonly string[];
  /** The chains that dropped them then. */
  readonly chains: readonly FirewallChain[];
}

/** `subscription`: copied and followed while it is written to; `provider`: the same, by the provider's own means. `offline`: copied while nobody can write. */
export type MoveDriver = "subscription" | "provider" | "offline";

/** The provider's own migration to its database of that id. */
export interface OnlineMigrationRef {
  readonly digitalocean: string;
  readonly token: SecretRef;
}

/** The server in the cluster, and how outgrow reaches it. */
export interface ClusterPostgres {
  /** The host that leads to it, as in `outgrow.yaml`, and its address in the private network. */
  readonly host: string;
  readonly privateAddress: string;
  readonly service: ObjectName;
  readonly names: ServerNames;
  readonly port: number;
  readonly container: string;
  /** A superuser: its name, or where that is written. */
  readonly user: string | SecretKey;
  readonly password: SecretRef | SecretKey;
}

/** The server outside, reached from the cluster's hosts over the private network. */
export interface OutsidePostgres {
  readonly host: string;
  readonly port: number;
  /** The one that is always there: `defaultdb`. */
  readonly database: string;
  readonly user: string;
  readonly password: SecretRef;
  readonly tls: "off" | "require" | "verify";
  /** A file with the authority's certificate; `null`: the system's authorities. */
  readonly ca: string | null;
}

export interface ObjectName {
  readonly namespace: string;
  readonly name: string;
}

/** Every name that leads to a Service: its own, its aliases, its address in the cluster. */
export interface ServerNames {
  readonly names: readonly ObjectName[];
  readonly address: string | null;
}

/** A value that stands in a Secret of the cluster. */
export interface SecretKey {
  readonly secret: ObjectName;
  readonly key: string;
}

/** Every place that tells the application where its database is. */
export interface ApplicationPlaces {
  readonly objects: readonly AddressObject[];
  readonly workloads: readonly ConsumerWorkload[];
  /** What must be changed by hand before: another program writes it, or it cannot be changed at all. */
  readonly obstacles: readonly { readonly why: string; readonly fix: string }[];
}

export interface AddressObject extends ObjectName {
  readonly kind: "Secret" | "ConfigMap" | "ExternalSecret";
  readonly entries: readonly { readonly key: string; readonly holds: "address" | "port" }[];
  /** Of an ExternalSecret. */
  readonly external?: ExternalSource;
}

/** Another program writes the Secret from what a secret manager says. */
export interface ExternalSource {
  /** Of its API: `v1`. */
  readonly version: string;
  /** The Secret it writes, in its namespace. */
  readonly secret: string;
  /** Where the manager keeps each key: what a person must change there before the way back is given up. */
  readonly remotes: Readonly<Record<string, string>>;
}

export interface ConsumerWorkload extends ObjectName {
  readonly kind: "Deployment" | "StatefulSet" | "DaemonSet" | "CronJob";
  /** Its own template says the address. */
  readonly isWritten: boolean;
  /** Variables of its template that hold nothing but the port: `web/env/PGPORT`. */
  readonly ports: readonly string[];
  /** Variables that hold nothing but the host: others may be composed of them. */
  readonly hosts: readonly string[];
  /** The objects it takes the address from: it is restarted when they change. */
  readonly reads: readonly (ObjectName & { readonly kind: "Secret" | "ConfigMap" })[];
}
