import { auditContext } from "../../audit/context.ts";
import { DEFAULT_INTENT } from "../../audit/intent.ts";
import type { Workload } from "../../audit/view/workload.ts";
import type { Facts } from "../../model/facts.ts";
import type { UsageHours } from "../../model/usageHours.ts";
import type { Guesses, Named } from "./guesses.ts";
import { guessHosts, guessRegion } from "./hosts.ts";
import { guessPostgres, guessRedis } from "./stores.ts";
import { guessInfisical, guessMetricsUrl, guessRepository } from "./surroundings.ts";
import { type DraftNames, draftText } from "./text.ts";

/** A first `outgrow.yaml`, and what it could not know. */
export interface Draft {
  readonly text: string;
  /** Keys that stand there as a placeholder, each with what to write. */
  readonly unknown: readonly string[];
}

/** What the caller knows besides the facts. */
export interface DraftInput extends DraftNames {
  readonly facts: Facts;
  /** The metrics' address, where the user gave one. */
  readonly metricsUrl: string | null;
  readonly usageHours: UsageHours | null;
}

/** Guesses a configuration from facts; every line says where it comes from or that it is not known. */
export function draftConfig({ facts, metricsUrl, usageHours, ...names }: DraftInput): Draft {
  const context = auditContext(facts, DEFAULT_INTENT);
  const { cluster } = context;
  const guesses: Guesses = {
    metricsUrl: metricsUrl ?? guessMetricsUrl(facts),
    usageHours,
    web: nameOf(context.product.web),
    worker: nameOf(context.product.workers),
    postgres: guessPostgres(cluster),
    redis: guessRedis(cluster),
    hosts: guessHosts(cluster, facts),
    region: guessRegion(cluster, facts),
    infisical: guessInfisical(cluster),
    repository: guessRepository(facts.repository),
  };
  return { text: draftText(guesses, names), unknown: unknownKeys(guesses) };
}

/** Of several the first: the user reads every line. */
function nameOf([workload]: readonly Workload[]): Named | null {
  return workload === undefined ? null : { namespace: workload.namespace, name: workload.name };
}

function unknownKeys(guesses: Guesses): readonly string[] {
  const told: readonly (readonly [isKnown: boolean, text: string])[] = [
    [guesses.metricsUrl !== null, "metrics.prometheus.url: the Prometheus-compatible API to ask"],
    [
      guesses.usageHours !== null,
      "usageHours: the hours that count (there was no history of traffic to guess from)",
    ],
    [guesses.web !== null, "workloads.web: the Deployment that answers requests (no Ingress leads to one)"],
    [guesses.worker !== null, "workloads.worker: the Deployment of the Celery worker"],
    [guesses.postgres !== null, "postgres.service: no Service on 5432 has pods"],
    [guesses.redis !== null, "redis.service: no Service on 6379 has pods"],
    [guesses.hosts.length > 0, "hosts: no Node was seen"],
    ...guesses.hosts.map(
      ({ name, privateAddress }) =>
        [
          privateAddress !== null,
          `hosts.${name}.privateAddress: its address on the private network`,
        ] as const,
    ),
    [guesses.region !== null, "cloud: the provider was not asked"],
    [guesses.repository !== null, "repository: no checkout was given (--repo DIR)"],
  ];
  return told.flatMap(([isKnown, text]) => (isKnown ? [] : [text]));
}
