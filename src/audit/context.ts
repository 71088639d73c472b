import type { Facts, KubeObject } from "../model/facts.ts";
import type { Intent } from "./intent.ts";
import { type ClusterView, viewCluster } from "./view/cluster.ts";
import { type Product, productOf } from "./view/product.ts";
import { type BoundVolume, boundVolumes } from "./view/storage.ts";
import { type DataStore, dataStores } from "./view/stores.ts";

/** What every check looks at: the facts, an index over their objects, and what the user means to do. */
export interface AuditContext {
  readonly facts: Facts;
  /** Live objects, or rendered manifests when there is no cluster. */
  readonly cluster: ClusterView;
  readonly intent: Intent;
  readonly product: Product;
  readonly stores: readonly DataStore[];
  readonly volumes: readonly BoundVolume[];
}

export function auditContext(facts: Facts, intent: Intent): AuditContext {
  const cluster = viewCluster(objectsOf(facts));
  return {
    facts,
    cluster,
    intent,
    product: productOf(intent, cluster),
    stores: dataStores(intent, cluster),
    volumes: boundVolumes(cluster),
  };
}

/** Helm's hook Jobs are deleted when they are done: only the rendered chart tells of them. */
function objectsOf({ cluster, repository }: Facts): readonly KubeObject[] {
  const rendered = repository?.objects ?? [];
  return cluster === null ? rendered : [...cluster.objects, ...rendered.filter(isHook)];
}

function isHook({ metadata }: KubeObject): boolean {
  return metadata.annotations?.["helm.sh/hook"] !== undefined;
}
