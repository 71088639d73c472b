import { setTimeout as sleep } from "node:timers/promises";
import { OutgrowError } from "../model/error.ts";
import type { ProgressNews } from "../model/progress.ts";
import { type EpochMs, type Millis, SECOND } from "../model/time.ts";
import { type Lease, readLease, writeLease } from "./lease.ts";
import { isPassing, patiently } from "./retry.ts";
import type { World } from "./world.ts";

/** One run at a time: held from before the first look to after the last write. */
export interface Lock extends AsyncDisposable {
  /** Higher than that of every holder before. */
  readonly fence: number;
  /** Returns when the lock is surely ours; throws `locked` when another run has taken it. */
  check(): Promise<void>;
}

export interface LockOptions {
  /** Who is shown to others: `anna@laptop, run 3f9c`. */
  readonly holder: string;
  readonly durationMs?: Millis;
  readonly report: (news: ProgressNews) => void;
}

const DURATION_MS: Millis = 30 * SECOND;

/**
 * Takes the Lease. One that is held is stolen only after it has not been renewed for its whole
 * duration while we looked: no clock but our own is trusted. One that is renewed meanwhile is alive.
 */
export async function acquireLock(world: World, options: LockOptions): Promise<Lock> {
  const { holder, durationMs = DURATION_MS, report } = options;
  for (;;) {
    const seen = await readLease(world.kube);
    if (seen !== null && seen.holder !== "") await untilExpired(seen, world, report);
    const transitions = (seen?.transitions ?? 0) + 1;
    const sent = world.now();
    const lease = await writeLease(world.kube, seen, { holder, transitions, durationMs }, sent);
    if (lease !== null) return keep(lease, sent, durationMs, world, report);
  }
}

async function untilExpired(seen: Lease, world: World, report: LockOptions["report"]): Promise<void> {
  report({
    kind: "waiting",
    for: `${seen.holder} to show a sign of life (${Math.ceil(seen.durationMs / 1000)} s)`,
  });
  const until = world.now() + seen.durationMs;
  while (world.now() < until) {
    await world.sleep(Math.min(SECOND, until - world.now()));
    const lease = await readLease(world.kube);
    if (lease?.resourceVersion === seen.resourceVersion) continue;
    if (lease === null || lease.holder === "") return;
    throw new OutgrowError("locked", `Another run is at work: ${lease.holder}.`, {
      hint: "Wait until it has ended, then run this again.",
    });
  }
}

interface Held {
  lease: Lease;
  /** When the last renewal that got through was sent. */
  renewedAt: EpochMs;
  isLost: boolean;
}

function keep(
  lease: Lease,
  renewedAt: EpochMs,
  durationMs: Millis,
  world: World,
  report: LockOptions["report"],
): Lock {
  const held: Held = { lease, renewedAt, isLost: false };
  const ending = new AbortController();
  const renewal = renewUntil(ending.signal, held, durationMs, world);
  return {
    fence: lease.transitions,
    check: async () => {
      if (!held.isLost && world.now() - held.renewedAt < (durationMs * 2) / 3) return;
      await patiently(world, "the Kubernetes API, to know that the lock is still ours", report, () =>
        renew(held, world),
      );
      if (held.isLost) throw lost(held.lease);
    },
    [Symbol.asyncDispose]: async () => {
      ending.abort();
      await renewal;
      await giveBack(held, world);
    },
  };
}

async function renewUntil(ending: AbortSignal, held: Held, durationMs: Millis, world: World): Promise<void> {
  while (!ending.aborted && !held.isLost) {
    await sleep(durationMs / 3, undefined, { signal: ending, ref: false }).catch(() => undefined);
    if (ending.aborted) return;
    // An API that is away is asked again; whether the lock is ours is settled before the next write.
    await renew(held, world).catch(() => undefined);
  }
}

/** Another version of the lease may still be our own writing, whose answer was lost. */
async function renew(held: Held, world: World): Promise<void> {
  const sent = world.now();
  const { lease } = held;
  const written = await writeLease(world.kube, lease, lease, sent);
  if (written !== null) {
    Object.assign(held, { lease: written, renewedAt: sent });
    return;
  }
  const seen = await readLease(world.kube);
  if (seen !== null && seen.holder === lease.holder && seen.transitions === lease.transitions) {
    held.lease = seen;
    return await renew(held, world);
  }
  held.isLost = true;
  held.lease = seen ?? { ...lease, holder: "" };
}

function lost({ holder }: Lease): OutgrowError {
  return new OutgrowError(
    "locked",
    holder === ""
      ? "The lock of this run was taken away."
      : `Another run has taken the lock meanwhile: ${holder}.`,
    { hint: "Let it end, then run apply again." },
  );
}

/**
 * So that the next run need not wait; where it fails the lease expires by itself. Asked twice: a kept connection
 * may have been closed at the other end during the last look, and a version that is written over is not written again.
 */
async function giveBack(held: Held, world: World): Promise<void> {
  if (held.isLost) return;
  const { lease } = held;
  const write = () => writeLease(world.kube, lease, { ...lease, holder: "" }, world.now());
  try {
    await write().catch((error: unknown) => (isPassing(error) ? write() : Promise.reject(error)));
  } catch (error) {
    if (!(error instanceof OutgrowError)) throw error;
  }
}
