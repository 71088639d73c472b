import { DEFAULT_INTENT } from "../../audit/intent.ts";
import type { ClusterView } from "../../audit/view/cluster.ts";
import type { Container } from "../../audit/view/kube.ts";
import { type DataStore, dataStores } from "../../audit/view/stores.ts";
import { parseBytes } from "../units.ts";
import type { Guesses } from "./guesses.ts";

/** The Service that leads to a Postgres; its database as the image was told. */
export function guessPostgres(cluster: ClusterView): Guesses["postgres"] {
  const store = storeOf("postgres", cluster);
  if (store === undefined) return null;
  const variables = containersOf(store).flatMap(({ env = [] }) => env);
  const database = variables.find(
    ({ name }) => name === "POSTGRES_DB" || name === "POSTGRESQL_DATABASE",
  )?.value;
  return { service: store.service, database: database ?? null };
}

/** The Service that leads to a Redis; the container's memory limit stands for the data's. */
export function guessRedis(cluster: ClusterView): Guesses["redis"] {
  const store = storeOf("redis", cluster);
  if (store === undefined) return null;
  const limit = containersOf(store).flatMap(({ resources }) => resources?.limits?.memory ?? [])[0];
  return { service: store.service, limitBytes: limit === undefined ? null : parseBytes(limit) };
}

function storeOf(kind: DataStore["kind"], cluster: ClusterView): DataStore | undefined {
  return dataStores(DEFAULT_INTENT, cluster).find((store) => store.kind === kind);
}

function containersOf({ workloads }: DataStore): readonly Container[] {
  return workloads.flatMap(({ podSpec }) => podSpec.containers ?? []);
}
