import type { KubeObject } from "../../model/facts.ts";
import type { Hit } from "../check.ts";
import type { AuditContext } from "../context.ts";
import { changeOf, followsSecret } from "./addressChange.ts";
import type { ClusterView } from "./cluster.ts";
import type { Consumer } from "./consumers.ts";
import { dataKeys } from "./environment.ts";
import { subjectOf } from "./kube.ts";
import type { DataStore } from "./stores.ts";

/** One hit for each consumer of a store that leaves the cluster. */
export function addressHits(kind: DataStore["kind"], context: AuditContext): readonly Hit[] {
  const keys = keyIndex(context.cluster);
  return context.stores
    .filter((store) => store.kind === kind && store.leavesCluster)
    .flatMap((store) => store.consumers.map((consumer) => hitOf(consumer, store, keys)));
}

function hitOf(consumer: Consumer, store: DataStore, keys: KeyIndex): Hit {
  const stuck = consumer.addresses.filter((address) => !followsSecret(address));
  const evidence = consumer.addresses.map(({ text }) => text);
  const changes = new Set(
    (stuck.length > 0 ? stuck : consumer.addresses).map((address) => changeOf(address, consumer, store)),
  );
  return {
    subject: subjectOf(consumer.workload.object),
    evidence: [...evidence, ...shadowed(consumer, keys)].join("; "),
    fix: [...changes].join("\n"),
    ...(stuck.length === 0 ? { severity: "informs" as const } : {}),
  };
}

/** Secrets by namespace and key. */
type KeyIndex = ReadonlyMap<string, KubeObject>;

function keyIndex(cluster: ClusterView): KeyIndex {
  return new Map(
    cluster
      .of("Secret")
      .flatMap((secret) =>
        dataKeys(secret).map((key) => [`${secret.metadata.namespace ?? "default"}/${key}`, secret]),
      ),
  );
}

/** A secret of that very name which nobody reads: the one that people would change. */
function shadowed({ workload, addresses }: Consumer, keys: KeyIndex): readonly string[] {
  const names = addresses.flatMap(({ place }) => (place.kind === "env" ? [place.variable.name] : []));
  return [...new Set(names)].map((name) => {
    const secret = keys.get(`${workload.namespace}/${name}`);
    return secret === undefined
      ? `${name} is written in the pod template, so changing a secret changes nothing`
      : `${subjectOf(secret)} has a key ${name}, which is not read: changing it changes nothing`;
  });
}
