import type { ObjectName } from "../../model/steps/postgres-move.ts";

/** Something in the cluster that may hold an address: a Secret, a ConfigMap, or what runs pods. */
export interface HolderName extends ObjectName {
  readonly kind: HolderKind;
  /** Of its API, where there are several: `v1beta1`. */
  readonly version?: string;
}

export type HolderKind =
  | "Secret"
  | "ConfigMap"
  | "ExternalSecret"
  | "Deployment"
  | "StatefulSet"
  | "DaemonSet"
  | "CronJob";

/** What it holds now. Texts are kept in memory only. */
export interface Holder {
  readonly name: HolderName;
  /** By place: the key of a Secret; `web/env/DATABASE_URL`, `web/args/0` in a pod template. */
  readonly texts: Readonly<Record<string, string>>;
  readonly version: string;
  /** Of what runs pods. */
  readonly template: Template | null;
  /** Why it cannot be changed by us; `null`: it can. */
  readonly obstacle: string | null;
  /** Those who would write it back. */
  readonly owners: readonly Owner[];
  /** Of an ExternalSecret: what it wrote last, by key, and how that Secret looks. */
  readonly written: Readonly<Record<string, string>>;
  readonly external: ExternalLook | null;
}

export interface Owner {
  readonly kind: string;
  readonly name: string;
}

export interface ExternalLook {
  /** The Secret it writes, in its namespace. */
  readonly secret: string;
  /** Without a template the Secret takes type, labels and annotations of the ExternalSecret; with one it must say them. */
  readonly template: object;
}

export interface Template {
  readonly metadata?: { readonly annotations?: Readonly<Record<string, string>> };
  readonly spec: { readonly containers: readonly Worker[]; readonly initContainers?: readonly Worker[] };
}

export interface Worker {
  readonly name: string;
  readonly command?: readonly string[];
  readonly args?: readonly string[];
  readonly env?: readonly { readonly name: string; readonly value?: string }[];
}
