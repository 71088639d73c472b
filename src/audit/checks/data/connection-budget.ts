import {
  type ConnectionDemand,
  demandFix,
  demandText,
  OWN_CONNECTIONS,
} from "../../../model/connectionDemand.ts";
import type { AuditCheck, Hit } from "../../check.ts";
import type { AuditContext } from "../../context.ts";
import { demandOf } from "../../view/budget.ts";
import type { DataStore } from "../../view/stores.ts";

export const connectionBudget: AuditCheck = {
  id: "data/connection-budget",
  severity: "blocks",
  title: "There are more connections than the managed Postgres allows",
  reason:
    "DigitalOcean's Postgres gives 25 connections for each GB of memory and keeps three: 22 on the 1 GB plan, 97 on the 4 GB one, shared by all pools. A pod needs as many " +
    "as its processes times their threads; a rollout runs old and new pods side by side for a moment, and the migration job comes on top. One connection too many is an " +
    "error for a visitor, not a slow page. The move itself needs three beside them, and is refused until they fit. Pods whose command says nothing are counted with one connection each: the figure is the least there can be.",
  sources: [
    "https://docs.digitalocean.com/products/databases/postgresql/details/limits/",
    "https://github.com/digitalocean/openapi/blob/main/specification/resources/databases/models/connection_pool.yml",
  ],
  find,
};

function find(context: AuditContext): readonly Hit[] {
  return context.stores.flatMap((store) => {
    const limit = store.kind === "postgres" && store.leavesCluster ? limitOf(store.size) : null;
    if (limit === null) return [];
    const demand = demandOf(store, context);
    return demand.peak + OWN_CONNECTIONS <= limit ? [] : [hitOf(store, demand, limit)];
  });
}

/** `db-s-1vcpu-1gb`: 25 connections a GB, three of them kept for the provider. */
export function limitOf(size: string | null): number | null {
  const gigabytes = /-(\d+)gb$/.exec(size ?? "")?.[1];
  return gigabytes === undefined ? null : Number(gigabytes) * 25 - 3;
}

/** The move is refused as long as it is so: what is too much in a rollout only is too much on the evening of the move. */
function hitOf({ service, size }: DataStore, demand: ConnectionDemand, limit: number): Hit {
  return {
    subject: `Service ${service.namespace}/${service.name}`,
    evidence: `${demandText(demand)}, of ${limit} on ${size}: ${demand.parts.join("; ")}`,
    fix: demandFix(demand, limit - OWN_CONNECTIONS, sizeFor(demand.peak + OWN_CONNECTIONS)),
  };
}

/** The smallest of the plans whose memory is enough; their names say it. */
function sizeFor(connections: number): string {
  const gigabytes = [1, 2, 4, 8, 16].find((each) => each * 25 - 3 >= connections) ?? 16;
  const cpus = { 1: 1, 2: 1, 4: 2, 8: 4, 16: 6 }[gigabytes] ?? 6;
  return `db-s-${cpus}vcpu-${gigabytes}gb`;
}
