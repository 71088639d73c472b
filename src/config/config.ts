import type { SecretRef } from "../model/secret.ts";
import type { PrometheusSettings, Scope, SignalSettings } from "../model/settings.ts";
import type { OutsidePostgres } from "../model/steps/postgres-move.ts";
import type { Trigger } from "../model/trigger.ts";

/** `outgrow.yaml`, checked, with every default filled in. What only later verbs need is `null` when it is not said. */
export interface Config {
  readonly cluster: {
    readonly name: string;
    readonly kubeconfig: string | null;
    readonly context: string | null;
  };
  readonly metrics: "direct" | { readonly prometheus: PrometheusSettings };
  readonly trigger: Trigger;
  readonly signals: readonly SignalSettings[];
  readonly scope: Scope;
  readonly postgres: PostgresSettings | null;
  readonly redis: { readonly service: ObjectRef } | null;
  readonly hosts: readonly HostSettings[];
  readonly target: TargetSettings | null;
  readonly cloud: "static" | { readonly digitalocean: DigitalOceanSettings } | null;
  readonly secrets: { readonly infisical: InfisicalSettings } | null;
  readonly repository: RepositorySettings | null;
}

/** `namespace/name` */
export interface ObjectRef {
  readonly namespace: string;
  readonly name: string;
}

/** The database in the cluster. */
export interface PostgresSettings {
  readonly service: ObjectRef;
  /** A superuser and its password; `null`: as its own pod's environment says. */
  readonly user: string | null;
  readonly password: SecretRef | null;
}

/** A host there is, or one there will be. */
export interface HostSettings {
  readonly name: string;
  readonly role: "server" | "agent";
  /** As `ssh` takes it: `root@glaze-prod`. */
  readonly ssh: string | null;
  readonly privateAddress: string | null;
  /** The provider's name for its size: `s-2vcpu-2gb`. */
  readonly size: string | null;
}

export interface TargetSettings {
  readonly hosts: readonly HostSettings[];
  readonly postgres:
    | "stay"
    | { readonly managed: { readonly size: string } }
    | {
        readonly at: OutsidePostgres;
        /** The id of that database at the provider, whose own migration may carry it there. */
        readonly onlineMigration: { readonly digitalocean: string } | null;
      };
  readonly redis:
    | "stay"
    | { readonly managed: { readonly size: string } }
    | { readonly sentinel: { readonly voters: readonly string[] } };
}

export interface DigitalOceanSettings {
  readonly region: string;
  readonly token: SecretRef;
}

export interface InfisicalSettings {
  readonly project: string;
  readonly environment: string;
  readonly clientId: SecretRef;
  readonly clientSecret: SecretRef;
}

/** Paths are relative to `path`. */
export interface RepositorySettings {
  readonly path: string;
  readonly chart: string | null;
  readonly workflow: string | null;
  readonly k3sConfig: string | null;
}
