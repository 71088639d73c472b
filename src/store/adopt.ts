import { renameSync } from "node:fs";
import { OutgrowError } from "../model/error.ts";
import type { ClusterIdentity, Journal } from "../model/journal.ts";
import { relationOf } from "./chain.ts";
import { type JournalStore, openJournal } from "./journalStore.ts";

/** The file, brought to the story the cluster tells, and what that took. */
export interface Adopted {
  readonly store: JournalStore;
  /** For people; `null`: file and cluster told the same, or the file tells more. */
  readonly note: string | null;
}

/**
 * A deed begins only once its `started` is in the cluster, so what the copy there does not know never
 * led to anything: where the two tell different stories, the copy's is true. The file is kept aside.
 */
export function openAdopted(file: string, cluster: ClusterIdentity, copy: Journal | null): Adopted {
  const store = openJournal(file, cluster);
  try {
    if (copy === null) return { store, note: null };
    refuseOther(copy, cluster);
    const relation = relationOf(store.read(), copy);
    if (relation === "same" || relation === "ahead") return { store, note: null };
    if (relation === "apart") return replaced(store, cluster, copy);
    store.extend(copy);
    return { store, note: `The journal goes on from its copy in the cluster: ${told(copy)}.` };
  } catch (error) {
    store[Symbol.dispose]();
    throw error;
  }
}

function replaced(store: JournalStore, cluster: ClusterIdentity, copy: Journal): Adopted {
  const { file } = store;
  const aside = `${file}.${store.read().entries.at(-1)?.hash.slice(0, 8)}.aside`;
  store[Symbol.dispose]();
  renameSync(file, aside);
  const fresh = openJournal(file, cluster);
  fresh.extend(copy);
  return {
    store: fresh,
    note: `The cluster tells another story than ${file}: its copy (${told(copy)}) is taken, the file is kept as ${aside}.`,
  };
}

function told({ entries }: Journal): string {
  const last = entries.at(-1);
  return last === undefined ? "no entries yet" : `${entries.length} entries, the last of ${last.at}`;
}

function refuseOther({ cluster }: Journal, { name, uid }: ClusterIdentity): void {
  if (cluster.uid === uid) return;
  throw new OutgrowError(
    "journal",
    `The journal in the cluster ${name} (${uid}) is that of another one: ${cluster.name} (${cluster.uid}).`,
    {
      hint: "Was it restored from a backup of that one? Then remove the Secret kube-system/outgrow-journal.",
    },
  );
}
