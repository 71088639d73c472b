import { celeryOf } from "./celery.ts";
import type { Consumer } from "./consumers.ts";

const BROKER_VARIABLE = /BROKER|CELERY|QUEUE/;

/** Runs Celery, or says by a variable's name that it enqueues there. */
export function isBroker({ workload, addresses }: Consumer): boolean {
  return (
    celeryOf(workload).length > 0 || variablesOf({ addresses }).some((name) => BROKER_VARIABLE.test(name))
  );
}

/** The variables by which a consumer knows the store. */
export function variablesOf({ addresses }: Pick<Consumer, "addresses">): readonly string[] {
  return addresses.flatMap(({ place }) =>
    "variable" in place && place.variable !== null ? [place.variable.name] : [],
  );
}
