import { OutgrowError } from "../model/error.ts";
import type { Millis } from "../model/time.ts";
import type { KubeApi } from "./api.ts";
import { find } from "./ask.ts";

/** How to wait: for how long, told to whom, and when to stop. */
export interface Waiting {
  readonly limitMs: Millis;
  readonly pauseMs: Millis;
  readonly signal: AbortSignal;
  /** Told whenever it changes: `web: 1 of 2 pods are of the new template`. */
  readonly tell: (what: string) => void;
  readonly now: () => number;
  /** Ends early when `signal` is aborted. */
  readonly sleep: (duration: Millis) => Promise<void>;
}

/** Asks until `look` answers `null`; what it says instead is what is waited for. Throws `timeout` with the last of it. */
export async function waitUntil(waiting: Waiting, look: () => Promise<string | null>): Promise<void> {
  const until = waiting.now() + waiting.limitMs;
  let told = "";
  for (;;) {
    if (waiting.signal.aborted) throw stopped(told);
    const missing = await look();
    if (missing === null) return;
    if (missing !== told) waiting.tell(missing);
    told = missing;
    if (waiting.now() >= until) {
      throw new OutgrowError("timeout", `Waited ${waiting.limitMs / 1000} s in vain: ${missing}.`);
    }
    await waiting.sleep(waiting.pauseMs);
  }
}

function stopped(told: string): OutgrowError {
  return new OutgrowError("interrupted", `Stopped${told === "" ? "" : ` while waiting: ${told}`}.`);
}

/** Until the API says it is ready; while it is down, that is what is waited for. */
export function apiReady(api: KubeApi, waiting: Waiting): Promise<void> {
  return waitUntil(waiting, async () => {
    try {
      const { status, body } = await api.request({ method: "GET", path: "/readyz" });
      return status === 200 ? null : `the API is not ready (${status} ${String(body).slice(0, 80)})`;
    } catch (error) {
      if (error instanceof OutgrowError && WHILE_DOWN.has(error.code))
        return `the API does not answer: ${error.message.replace(/\.$/, "")}`;
      throw error;
    }
  });
}

const WHILE_DOWN: ReadonlySet<string> = new Set(["unreachable", "timeout", "unavailable", "bad-answer"]);

interface Rolled {
  readonly kind: string;
  readonly metadata: { readonly generation?: number };
  readonly spec: { readonly replicas?: number };
  readonly status?: {
    readonly observedGeneration?: number;
    readonly replicas?: number;
    readonly updatedReplicas?: number;
    readonly availableReplicas?: number;
    /** A DaemonSet's own words for the same. */
    readonly desiredNumberScheduled?: number;
    readonly updatedNumberScheduled?: number;
    readonly numberAvailable?: number;
  };
}

/** Until every pod of a Deployment, StatefulSet or DaemonSet is of the newest template and available, as `kubectl rollout status` means it. */
export function rolloutReady(api: KubeApi, path: string, waiting: Waiting): Promise<void> {
  return waitUntil(waiting, async () => {
    const object = await find<Rolled>(api, path);
    if (object === null) {
      throw new OutgrowError("not-found", `${path} is gone: there is nothing to wait for.`);
    }
    return missingOf(path.split("/").at(-1) ?? path, object);
  });
}

function missingOf(name: string, object: Rolled): string | null {
  const { metadata, status = {} } = object;
  const { observedGeneration = 0 } = status;
  const { wanted, total, updated, available } = countsOf(object);
  if (observedGeneration < (metadata.generation ?? 0)) return `${name}: the change has not been taken up yet`;
  if (updated < wanted) return `${name}: ${updated} of ${wanted} pods are of the new template`;
  if (total > updated) return `${name}: ${total - updated} old pods are still there`;
  if (available < wanted) return `${name}: ${available} of ${wanted} pods are available`;
  return null;
}

function countsOf({ kind, spec, status = {} }: Rolled) {
  if (kind === "DaemonSet") {
    const { desiredNumberScheduled: wanted = 0, updatedNumberScheduled: updated = 0 } = status;
    return { wanted, total: updated, updated, available: status.numberAvailable ?? 0 };
  }
  const { replicas: total = 0, updatedReplicas: updated = 0, availableReplicas: available = 0 } = status;
  return { wanted: spec.replicas ?? 1, total, updated, available };
}
