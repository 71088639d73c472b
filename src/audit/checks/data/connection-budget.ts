import type { AuditCheck, Hit } from "../../check.ts";
import type { AuditContext } from "../../context.ts";
import { type Connections, connectionsOf } from "../../view/connections.ts";
import { subjectOf } from "../../view/kube.ts";
import type { DataStore } from "../../view/stores.ts";

export const connectionBudget: AuditCheck = {
  id: "data/connection-budget",
  severity: "blocks",
  title: "There are more connections than the managed Postgres allows",
  reason:
    "DigitalOcean's Postgres gives 25 connections for each GB of memory and keeps three: 22 on the 1 GB plan, 97 on the 4 GB one, shared by all pools. A pod needs as many " +
    "as its processes times their threads; a rollout runs old and new pods side by side for a moment, and the migration job comes on top. One connection too many is an " +
    "error for a visitor, not a slow page. Pods whose command says nothing are counted with one connection each: the figure is the least there can be.",
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
    const rows = store.consumers.map(({ workload }) => connectionsOf(workload, context));
    const steady = sum(rows.map(({ pods, each }) => pods * each));
    const peak = steady + sum(rows.map(({ surge, each }) => surge * each));
    return peak <= limit ? [] : [hitOf(store, rows, { steady, peak, limit })];
  });
}

/** `db-s-1vcpu-1gb`: 25 connections a GB, three of them kept for the provider. */
export function limitOf(size: string | null): number | null {
  const gigabytes = /-(\d+)gb$/.exec(size ?? "")?.[1];
  return gigabytes === undefined ? null : Number(gigabytes) * 25 - 3;
}

interface Budget {
  readonly steady: number;
  readonly peak: number;
  readonly limit: number;
}

function hitOf({ service, size }: DataStore, rows: readonly Connections[], budget: Budget): Hit {
  const { steady, peak, limit } = budget;
  const parts = rows.map(({ workload, pods, surge, each, because }) => {
    const more = surge > 0 ? ` + ${surge} in a rollout` : "";
    return `${subjectOf(workload.object)} ${pods}${more} × ${each} (${because})`;
  });
  const isAlways = steady > limit;
  return {
    subject: `Service ${service.namespace}/${service.name}`,
    evidence: `${steady} connections, ${peak} in a rollout, of ${limit} on ${size}: ${parts.join("; ")}`,
    fix: `Lower threads or concurrency until ${peak} is ${limit} or less, or set maxSurge: 0 and maxUnavailable: 1, or put a pool of at most ${limit} in front (transaction mode wants DISABLE_SERVER_SIDE_CURSORS: True), or take ${sizeFor(peak)}.`,
    ...(isAlways ? {} : { severity: "warns" as const }),
  };
}

/** The smallest of the plans whose memory is enough; their names say it. */
function sizeFor(connections: number): string {
  const gigabytes = [1, 2, 4, 8, 16].find((each) => each * 25 - 3 >= connections) ?? 16;
  const cpus = { 1: 1, 2: 1, 4: 2, 8: 4, 16: 6 }[gigabytes] ?? 6;
  return `db-s-${cpus}vcpu-${gigabytes}gb`;
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
