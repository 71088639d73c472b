import type { CloudFacts } from "./cloudFacts.ts";
import type { HostFacts } from "./hostFacts.ts";
import type { PostgresFacts } from "./postgresFacts.ts";

/**
 * Everything the audit and the plan need to know, read once, as plain redacted JSON.
 * A facts file is the same document: what runs live runs from it too.
 */
export interface Facts {
  readonly version: typeof FACTS_VERSION;
  /** ISO 8601, UTC. */
  readonly readAt: string;
  readonly cluster: ClusterFacts | null;
  /** By the host's name in `outgrow.yaml`. */
  readonly hosts: Readonly<Record<string, HostFacts>>;
  readonly repository: RepositoryFacts | null;
  readonly cloud: CloudFacts | null;
  /** Absent: no database is to move, or it was not read. */
  readonly postgres?: PostgresFacts;
  /** Where each signal of the rule comes from; `null`: the metrics were not asked. */
  readonly signals: readonly SignalFacts[] | null;
  /** What could not be read, and why: silence about it would be a lie. */
  readonly gaps: readonly Gap[];
}

export const FACTS_VERSION = 1;

/** Something that could not be read. */
export interface Gap {
  /** `cluster`, `hosts/glaze-prod`, `repository`, … */
  readonly area: string;
  /** What is missing, e.g. `external-secrets.io/v1 externalsecrets`. */
  readonly subject: string;
  /** `absent`: not installed, nothing lost. `denied`: it exists and may not be read. `failed`: anything else. */
  readonly reason: "absent" | "denied" | "failed";
  readonly message: string;
}

/** Whether a signal has data, and what it needs when it has none. */
export interface SignalFacts {
  /** `latency-p95` */
  readonly id: string;
  /** The exporter found, `node_exporter`; `null`: nothing tells it. */
  readonly source: string | null;
  /** Why there is no data, or why it cannot be judged (`no bucket bound at 500 ms or 1 s`); `null` when all is well. */
  readonly why: string | null;
  readonly fix: string | null;
}

/** What a reader brings back: what it read, and what it could not. */
export interface Reading<T> {
  readonly value: T;
  readonly gaps: readonly Gap[];
}

export interface ClusterFacts {
  /** `v1.33.4+k3s1` */
  readonly version: string | null;
  /** Live objects or rendered manifests, redacted: no Secret's value is in them. */
  readonly objects: readonly KubeObject[];
}

/** A Kubernetes object as the API shows it; `data` of Secrets holds `SecretValue`s. */
export interface KubeObject {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: {
    readonly name: string;
    readonly namespace?: string;
    readonly labels?: Readonly<Record<string, string>>;
    readonly annotations?: Readonly<Record<string, string>>;
    readonly [field: string]: unknown;
  };
  /** Where a manifest came from, for findings that name file and line. */
  readonly from?: { readonly file: string; readonly line: number };
  readonly [field: string]: unknown;
}

/** What may be said of a secret value: where it points, never what it is. */
export interface SecretValue {
  readonly redacted: true;
  /** Set when the value is a URL: `postgres`, `glaze-postgres`, 5432, `/glaze`. */
  readonly url?: {
    readonly scheme: string;
    readonly host: string;
    readonly port: number | null;
    readonly path: string;
    /** Of its query, only what tells how to connect: `sslmode`, `ssl_cert_reqs`, `pgbouncer`. */
    readonly parameters?: Readonly<Record<string, string>>;
  };
  /** Set when the value is nothing but the name of a Service of this cluster: `glaze-postgres`, `glaze-postgres.default.svc`. */
  readonly service?: string;
}

/** A checkout: every text file that matters to a deploy, redacted; paths are relative to its root. */
export interface RepositoryFacts {
  readonly files: readonly RepositoryFile[];
  /** Charts rendered with their values, as far as `helm` was there. */
  readonly objects: readonly KubeObject[];
}

export interface RepositoryFile {
  readonly path: string;
  readonly text: string;
}
