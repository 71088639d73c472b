import type { ConnectionDemand } from "../../model/connectionDemand.ts";
import type { AuditContext } from "../context.ts";
import { type Connections, connectionsOf } from "./connections.ts";
import { subjectOf } from "./kube.ts";
import type { DataStore } from "./stores.ts";

/** What all its users together may hold of a database's connections. */
export function demandOf({ consumers }: DataStore, context: AuditContext): ConnectionDemand {
  const rows = consumers.map(({ workload }) => connectionsOf(workload, context));
  const steady = sum(rows.map(({ pods, each }) => pods * each));
  return { steady, peak: steady + sum(rows.map(({ surge, each }) => surge * each)), parts: rows.map(partOf) };
}

function partOf({ workload, pods, surge, each, because }: Connections): string {
  const more = surge > 0 ? ` + ${surge} in a rollout` : "";
  return `${subjectOf(workload.object)} ${pods}${more} × ${each} (${because})`;
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
