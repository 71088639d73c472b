import type { Scope, SignalOptions } from "../model/settings.ts";
import type { SignalDefinition, Source } from "./definition.ts";
import { selectWith } from "./promql.ts";

/**
 * Idle ones and those of other databases count: each takes one of the server's slots,
 * of which there are `max_connections` less the reserved ones.
 */
export const postgresConnections: SignalDefinition = {
  id: "postgres-connections",
  title: "client connections of Postgres",
  unit: "count",
  nature: { kind: "level" },
  defaults: { watch: 40, act: 50 },
  relief: {
    secondNode: "no",
    otherwise:
      "put PgBouncer in front or make the connection pools smaller; more web pods need more connections",
  },
  sources,
  unmeasured: {
    why: "no count of Postgres' connections",
    fix:
      "Run postgres_exporter beside Postgres (pg_stat_activity_count is on by default) or the collector's postgresql receiver " +
      "(postgresql.backends), and keep these names.",
  },
};

function sources({ match }: Scope, options: SignalOptions): readonly Source[] {
  const select = selectWith(match, options.match);
  const activity = select("pg_stat_activity_count", CLIENTS);
  const databases = select("pg_stat_database_numbackends", { datname: "!=" });
  const backends = select("postgresql_backends");
  return [
    {
      id: "postgres_exporter",
      needs: [select("pg_stat_activity_count", { backend_type: "client backend" })],
      reading: { kind: "value", expr: fullest(activity) },
    },
    {
      id: "postgres_exporter-0.11",
      needs: [activity],
      reading: { kind: "value", expr: fullest(activity) },
      caveat: NOT_CLIENTS,
    },
    {
      id: "postgres_exporter-databases",
      needs: [databases],
      reading: { kind: "value", expr: fullest(databases) },
      caveat: NOT_CLIENTS,
    },
    {
      id: "otel-postgresql",
      needs: [backends],
      reading: { kind: "value", expr: fullest(backends) },
      caveat: NOT_CLIENTS,
    },
  ];
}

/** Rows of zero have an empty `backend_type`, those of before 0.12 have none. */
const CLIENTS = { datname: "!=", backend_type: "=~client backend|" };
const NOT_CLIENTS = "autovacuum and parallel workers, which take no client's slot, are counted, too";

/** All states, users and databases of one server, however many labels they are told apart by; of several servers the fullest. */
function fullest(selector: string): string {
  return `max(sum by (job, instance, server) (${selector}))`;
}
