import type { SecretRef } from "./secret.ts";
import type { SignalRule } from "./signal.ts";

/** Label → value, or `=~`-prefixed regular expression (RE2): `{ cluster: "glaze" }`, `{ instance: "=~glaze.*" }`. */
export type Labels = Readonly<Record<string, string>>;

/** A Deployment and, where they differ from it, its container and its Service. */
export interface Workload {
  readonly namespace: string;
  readonly name: string;
  /** `null`: any container of its pods. */
  readonly container: string | null;
  /** The Service Traefik routes to; `null`: the same name as the Deployment. */
  readonly service: string | null;
}

/** The user's names that queries need. `null`: not said; queries then take all there is. */
export interface Scope {
  /** Added to every selector of every signal. */
  readonly match: Labels;
  readonly web: Workload | null;
  readonly worker: Workload | null;
  readonly database: string | null;
  readonly redisLimitBytes: number;
}

/** What one signal's queries may be told besides thresholds. */
export interface SignalOptions {
  /** Added to every selector of this signal. */
  readonly match: Labels;
  /** postgres-connections: the client slots there are, when no metric says so. */
  readonly of: number;
  /** celery-depth, celery-age: the queue's name. */
  readonly queue: string;
  /** Quantiles and shares: fewer requests than this in 5 min say nothing. */
  readonly minRequests: number;
}

/** One line of `signals:`, with every default filled in. */
export interface SignalSettings {
  readonly rule: SignalRule;
  /** The user's own PromQL instead of the catalogue's; for a quantile it must be a histogram's value. */
  readonly expr: string | null;
  readonly options: SignalOptions;
}

/** How to reach a Prometheus-compatible API. */
export interface PrometheusSettings {
  /** The base; `/api/v1/query` is appended. */
  readonly url: string;
  readonly username: string | null;
  readonly password: SecretRef | null;
  readonly bearer: SecretRef | null;
  /** Sent as they are: `X-Scope-OrgID` and the like. */
  readonly headers: Readonly<Record<string, string | SecretRef>>;
  /** PEM file of a private certificate authority. */
  readonly caFile: string | null;
  readonly timeoutMs: number;
}
