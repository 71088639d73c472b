import type { Labels, Scope, SignalOptions } from "../model/settings.ts";
import type { SignalDefinition, Source } from "./definition.ts";
import { histogramSources } from "./histogram.ts";
import { literal, type Select, selectWith, whileBusy } from "./promql.ts";
import { total } from "./ratio.ts";

const QUANTILE = 0.95;

/** Only clients can tell: the server keeps totals per statement, from which no percentile follows. */
export const postgresLatencyP95: SignalDefinition = {
  id: "postgres-latency-p95",
  title: "p95 of Postgres' query times",
  unit: "seconds",
  nature: { kind: "quantile", quantile: QUANTILE },
  defaults: { watch: 0.1, act: 0.3 },
  relief: {
    secondNode: "partly",
    otherwise:
      "look at the slowest queries first (pg_stat_statements): a missing index is as slow on two nodes",
  },
  sources,
  unmeasured: {
    why: "no histogram of Postgres' query times",
    fix:
      "Let the app report its queries: OpenTelemetry's db.client.operation.duration (in Python OTEL_SEMCONV_STABILITY_OPT_IN=database), " +
      'or django-prometheus with PROMETHEUS_LATENCY_BUCKETS = (0.01, 0.025, 0.05, 0.1, 0.3, 0.5, 1, 2.5, float("inf")). ' +
      "A mean at least: CREATE EXTENSION pg_stat_statements, and postgres_exporter 0.14 or newer with --collector.stat_statements.",
  },
};

function sources({ match, database }: Scope, options: SignalOptions): readonly Source[] {
  const select = selectWith(match, options.match);
  const { minRequests } = options;
  const histograms = [...otelClients(database), DJANGO].flatMap((histogram) =>
    histogramSources(select, { ...histogram, quantile: QUANTILE, minRequests }),
  );
  return [...histograms, statementsMean(select, database, minRequests)];
}

/** Redis and others are in the same histogram. https://opentelemetry.io/docs/specs/semconv/database/database-metrics/ */
function otelClients(database: string | null) {
  const labels: Labels = {
    db_system_name: "=~postgresql|",
    db_system: "=~postgresql|",
    // `glaze` or `glaze|public`; some instrumentations leave it out.
    ...(database === null ? {} : { db_namespace: `=~(${literal(database)}([|].*)?)?` }),
  };
  const boundsFix = (missing: readonly number[]) =>
    `give db.client.operation.duration a View in the SDK whose boundaries have ${missing.join(" and ")}`;
  return [
    { id: "otel-db-client", metric: "db_client_operation_duration_seconds", labels, boundsFix },
    { id: "otel-db-client-unsuffixed", metric: "db_client_operation_duration", labels, boundsFix },
  ];
}

const DJANGO = {
  id: "django-prometheus",
  metric: "django_db_query_duration_seconds",
  labels: { vendor: "postgresql" },
  boundsFix: (missing: readonly number[]) =>
    `add ${missing.join(" and ")} to PROMETHEUS_LATENCY_BUCKETS in Django's settings`,
};

function statementsMean(select: Select, database: string | null, minRequests: number): Source {
  const labels: Labels = database === null ? {} : { datname: database };
  const calls = select("pg_stat_statements_calls_total", labels);
  const seconds = select("pg_stat_statements_seconds_total", labels);
  const mean = `${total("rate", seconds)} / (${total("rate", calls)} > 0)`;
  return {
    id: "pg_stat_statements",
    needs: [calls, seconds],
    reading: { kind: "value", expr: whileBusy(total("increase", calls), minRequests, mean) },
    caveat: "a mean, not a p95: the slowest twentieth is well above it",
  };
}
