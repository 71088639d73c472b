import { find } from "../kube/ask.ts";
import { OutgrowError } from "../model/error.ts";
import type { ClusterIdentity } from "../model/journal.ts";
import type { Millis } from "../model/time.ts";
import { openAdopted } from "../store/adopt.ts";
import { openLedger } from "./ledger.ts";
import { acquireLock } from "./lock.ts";
import { openMirror } from "./mirror.ts";
import { ownHosts } from "./ownHosts.ts";
import type { Run } from "./run.ts";
import type { World } from "./world.ts";

export interface RunParts extends Omit<Run, "ledger"> {
  /** As in `outgrow.yaml`. */
  readonly clusterName: string;
  /** Where the journal's file is, or is to be. */
  readonly journalFile: string;
  readonly runId: string;
  /** Who others see at work: `anna@laptop`. */
  readonly holder: string;
  readonly lockMs?: Millis;
}

/** A run that holds the lock and knows what happened so far; it gives the lock back when it is closed. */
export type OpenRun = Run & AsyncDisposable;

/** How the journal's file is opened; the laboratory puts crashes around it. */
export type OpenJournal = typeof openAdopted;

/** Takes the lock, then brings the journal's file and its copy in the cluster to one story. */
export async function openRun(parts: RunParts, open: OpenJournal = openAdopted): Promise<OpenRun> {
  const { world, handlers, replan, report, allowed, clusterName, journalFile, runId, holder, lockMs } = parts;
  const cluster = await identify(world, clusterName);
  await using stack = new AsyncDisposableStack();
  const lock = stack.use(
    await acquireLock(world, {
      holder: `${holder}, run ${runId}`,
      report,
      ...(lockMs === undefined ? {} : { durationMs: lockMs }),
    }),
  );
  const mirror = openMirror(world.kube);
  const { store, note } = open(journalFile, cluster, await mirror.read());
  stack.use(store);
  if (note !== null) report({ kind: "note", text: note });
  const ledger = openLedger({ runId, world, lock, mirror, store, report });
  const owned = stack.move();
  return {
    world: ownHosts(world, lock, report),
    handlers,
    replan,
    report,
    allowed,
    ledger,
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}

/** No two clusters share the uid of `kube-system`, and it stays as long as the cluster. */
export async function identify({ kube }: Pick<World, "kube">, name: string): Promise<ClusterIdentity> {
  const path = "/api/v1/namespaces/kube-system";
  const namespace = await find<{ readonly metadata: { readonly uid: string } }>(kube, path);
  if (namespace !== null) return { name, uid: namespace.metadata.uid };
  throw new OutgrowError("bad-answer", `${path} is not there: this is no Kubernetes cluster.`);
}
