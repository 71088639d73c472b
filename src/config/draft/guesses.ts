import type { SecretValue } from "../../model/facts.ts";
import type { UsageHours } from "../../model/usageHours.ts";

/** `namespace/name` */
export type Named = { readonly namespace: string; readonly name: string };

/** What the facts let one guess of a configuration; `null`: they do not say. */
export interface Guesses {
  readonly metricsUrl: string | null;
  readonly usageHours: UsageHours | null;
  readonly web: Named | null;
  readonly worker: Named | null;
  readonly postgres: { readonly service: Named; readonly database: string | null } | null;
  readonly redis: { readonly service: Named; readonly limitBytes: number | null } | null;
  readonly hosts: readonly GuessedHost[];
  readonly region: string | null;
  readonly infisical: { readonly project: string | null; readonly environment: string | null } | null;
  readonly repository: {
    readonly chart: string | null;
    readonly workflow: string | null;
    readonly k3sConfig: string | null;
  } | null;
}

export interface GuessedHost {
  readonly name: string;
  readonly role: "server" | "agent";
  /** `null` when the node shows only a public one. */
  readonly privateAddress: string | null;
  /** `null` without the cloud's word. */
  readonly size: string | null;
}

/** A value of an object that may be redacted: only texts are of use here. */
export function textOf(value: unknown): string | null {
  return typeof value === "string" ? value : ((value as SecretValue | undefined)?.url?.host ?? null);
}
