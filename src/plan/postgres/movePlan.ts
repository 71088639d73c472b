import type { AuditContext } from "../../audit/context.ts";
import { demandOf } from "../../audit/view/budget.ts";
import { field } from "../../audit/view/kube.ts";
import { serviceNames } from "../../audit/view/serviceHost.ts";
import type { DataStore } from "../../audit/view/stores.ts";
import type { Workload } from "../../audit/view/workload.ts";
import type { Config } from "../../config/config.ts";
import { OutgrowError } from "../../model/error.ts";
import type { OnlineMigrationRef, PostgresMove, SecretKey } from "../../model/steps/postgres-move.ts";
import type { PlanInput } from "../planner.ts";
import { readTopology } from "../topology.ts";
import { applicationPlaces } from "./applicationPlaces.ts";

/** A move as far as it can be told without having asked the two servers. */
export type PlannedMove = Omit<
  PostgresMove["params"],
  "driver" | "canReturn" | "holdLimitMs" | "homeHoldLimitMs"
>;

const USUAL_PORT = 5432;

/** `null`: none is meant, or nobody uses the server in the cluster any more. Throws `config` with the key that is missing. */
export function plannedMove(input: PlanInput): PlannedMove | null {
  const { config, context } = input;
  const target = config.target?.postgres;
  if (target === undefined || target === "stay" || !("at" in target)) return null;
  const store = context.stores.find(({ kind }) => kind === "postgres");
  if (store === undefined) throw missing("postgres.service", "postgres: { service: default/glaze-postgres }");
  const port = portOf(store, context);
  const application = applicationPlaces(store, context.cluster, target.at.port !== port);
  if (application.workloads.length === 0 && application.obstacles.length === 0) return null;
  return {
    ...serverOf(store, port, input),
    target: target.at,
    ...(target.onlineMigration === null
      ? {}
      : { onlineMigration: migrationOf(target.onlineMigration, config) }),
    application,
    demand: demandOf(store, context),
  };
}

function migrationOf(named: { readonly digitalocean: string }, { cloud }: Config): OnlineMigrationRef {
  if (cloud !== null && cloud !== "static") return { ...named, token: cloud.digitalocean.token };
  throw new OutgrowError(
    "config",
    "target.postgres.onlineMigration is DigitalOcean's, and cloud.digitalocean says no token.",
    { hint: "Write cloud: { digitalocean: { region: nyc3, token: { env: DIGITALOCEAN_TOKEN } } }." },
  );
}

function serverOf(
  store: DataStore,
  port: number,
  input: PlanInput,
): Pick<PlannedMove, "database" | "source"> {
  const { config, context } = input;
  const { server } = readTopology(input);
  const [workload] = store.workloads;
  if (workload === undefined) {
    throw new OutgrowError(
      "no-data",
      `No pods are behind ${store.service.namespace}/${store.service.name}, and it is to be moved.`,
      { hint: "Start the database, or correct postgres.service." },
    );
  }
  const container = containerOf(workload, context);
  const said = (name: string) => variableOf(workload, container, name, context);
  const database = config.scope.database ?? said("POSTGRES_DB");
  if (typeof database !== "string") throw missing("postgres.database", "postgres: { database: glaze }");
  return {
    database,
    source: {
      host: server.name,
      privateAddress: server.address,
      service: store.service,
      names: serviceNames(store.service, context.cluster),
      port,
      container,
      user: config.postgres?.user ?? said("POSTGRES_USER") ?? "postgres",
      password: passwordOf(config, said("POSTGRES_PASSWORD")),
    },
  };
}

function portOf({ service }: DataStore, { cluster }: AuditContext): number {
  const port = field(cluster.find("Service", service.namespace, service.name), "spec", "ports", "0", "port");
  return typeof port === "number" ? port : USUAL_PORT;
}

/** The one that says how the database was made; else the first. */
function containerOf(workload: Workload, { cluster }: AuditContext): string {
  const variables = cluster.environmentOf(workload);
  const telling = variables.find(({ name }) => name === "POSTGRES_PASSWORD");
  return telling?.container ?? workload.podSpec.containers?.[0]?.name ?? "";
}

/** What the official image is told: https://hub.docker.com/_/postgres#environment-variables */
function variableOf(
  workload: Workload,
  container: string,
  name: string,
  { cluster }: AuditContext,
): string | SecretKey | null {
  const variables = cluster.environmentOf(workload).filter((each) => each.container === container);
  const found = variables.find((each) => each.name === name);
  if (found === undefined) return null;
  const { source, value } = found;
  if (source.kind !== "Secret") return value;
  return { secret: { namespace: workload.namespace, name: source.name }, key: source.key };
}

/** One that stands in the pod template is redacted in the facts: it must be given. */
function passwordOf(
  { postgres }: Config,
  said: string | SecretKey | null,
): PlannedMove["source"]["password"] {
  if (postgres?.password != null) return postgres.password;
  if (said !== null && typeof said !== "string") return said;
  throw missing("postgres.password", "postgres: { user: postgres, password: { env: POSTGRES_PASSWORD } }");
}

function missing(key: string, example: string): OutgrowError {
  return new OutgrowError("config", `${key} is needed: the facts of the cluster do not tell it.`, {
    hint: `Write ${example}.`,
  });
}
