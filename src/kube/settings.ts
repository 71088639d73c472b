import type { Millis } from "../model/time.ts";

/** Which cluster, and how patient to be with it. */
export interface KubeSettings {
  /** A kubeconfig; `~` is `home`. */
  readonly file: string;
  /** `null`: its current one. */
  readonly context: string | null;
  readonly home: string;
  /** For one answer, whole. */
  readonly timeoutMs: Millis;
  /** More than this in one answer is not read. */
  readonly limitBytes: number;
}
