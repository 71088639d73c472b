import type { Facts } from "../model/facts.ts";
import type { Intent } from "./intent.ts";
import { type ClusterView, viewCluster } from "./view/cluster.ts";

/** What every check looks at: the facts, an index over their objects, and what the user means to do. */
export interface AuditContext {
  readonly facts: Facts;
  /** Live objects, or rendered manifests when there is no cluster. */
  readonly cluster: ClusterView;
  readonly intent: Intent;
}

export function auditContext(facts: Facts, intent: Intent): AuditContext {
  const objects = facts.cluster?.objects ?? facts.repository?.objects ?? [];
  return { facts, cluster: viewCluster(objects), intent };
}
