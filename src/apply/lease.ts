import type { KubeApi } from "../kube/api.ts";
import { find, refusal } from "../kube/ask.ts";
import type { EpochMs, Millis } from "../model/time.ts";

/** The lock's object; everyone who may run `apply` sees the same one. */
export const NAMESPACE = "kube-system";
export const LEASE = "outgrow";
const LEASES = `/apis/coordination.k8s.io/v1/namespaces/${NAMESPACE}/leases`;

/** A Lease as it was last seen. */
export interface Lease {
  readonly resourceVersion: string;
  /** Empty when it was given back. */
  readonly holder: string;
  /** Grows with every new holder: the fencing number. */
  readonly transitions: number;
  readonly renewTime: string | null;
  readonly durationMs: Millis;
}

interface LeaseObject {
  readonly metadata: { readonly resourceVersion: string };
  readonly spec?: {
    readonly holderIdentity?: string;
    readonly leaseTransitions?: number;
    readonly renewTime?: string;
    readonly leaseDurationSeconds?: number;
  };
}

export async function readLease(kube: KubeApi): Promise<Lease | null> {
  const object = await find<LeaseObject>(kube, `${LEASES}/${LEASE}`);
  return object === null ? null : leaseOf(object);
}

/** Writes over the lease that was seen (`null`: there was none). `null`: somebody was quicker. */
export async function writeLease(
  kube: KubeApi,
  seen: Lease | null,
  next: Pick<Lease, "holder" | "transitions" | "durationMs">,
  now: EpochMs,
): Promise<Lease | null> {
  const request = {
    method: seen === null ? "POST" : "PUT",
    path: seen === null ? LEASES : `${LEASES}/${LEASE}`,
    body: bodyOf(seen, next, now),
  } as const;
  const { status, body } = await kube.request(request);
  if (status === 409 || (status === 404 && seen !== null)) return null;
  if (status >= 300) throw refusal(request, status, body);
  return leaseOf(body as LeaseObject);
}

function bodyOf(
  seen: Lease | null,
  { holder, transitions, durationMs }: Pick<Lease, "holder" | "transitions" | "durationMs">,
  now: EpochMs,
): unknown {
  return {
    apiVersion: "coordination.k8s.io/v1",
    kind: "Lease",
    metadata: {
      name: LEASE,
      namespace: NAMESPACE,
      ...(seen === null ? {} : { resourceVersion: seen.resourceVersion }),
    },
    spec: {
      holderIdentity: holder,
      leaseTransitions: transitions,
      // The API knows whole seconds only, at least one.
      leaseDurationSeconds: Math.max(1, Math.ceil(durationMs / 1000)),
      renewTime: new Date(now).toISOString().replace("Z", "000Z"),
    },
  };
}

function leaseOf({ metadata, spec = {} }: LeaseObject): Lease {
  return {
    resourceVersion: metadata.resourceVersion,
    holder: spec.holderIdentity ?? "",
    transitions: spec.leaseTransitions ?? 0,
    renewTime: spec.renewTime ?? null,
    durationMs: (spec.leaseDurationSeconds ?? 0) * 1000,
  };
}
