import { readFileSync } from "node:fs";
import { Client } from "pg";
import { Secret } from "../../src/model/secret.ts";
import type { Endpoint } from "../../src/postgres/endpoint.ts";
import type { Application } from "../../src/postgres/move/order.ts";
import { tell } from "./configFile.ts";
import { AWKWARD_PASSWORD, type LabPair } from "./pair.ts";
import { LEDGER_SCHEMA } from "./writers.ts";

/** An application that knows where its database is, and believes whoever tells it. */
export interface LabApplication extends Application {
  endpoint(): Endpoint;
  readonly pointsAt: () => "source" | "target";
}

export const PASSWORD = new Secret(AWKWARD_PASSWORD);

/** The database `glaze` of the role `glaze` on the source, with the tables of the ledger and what else is given. */
export async function createGlaze(pair: LabPair, schema = "", rights = "", options = ""): Promise<void> {
  const admin = await pair.source.superuser();
  const { rows } = await admin.query("select from pg_roles where rolname = 'glaze'");
  if (rows.length === 0) {
    await admin.query(`create role glaze login ${rights} password ${admin.escapeLiteral(AWKWARD_PASSWORD)}`);
  }
  await admin.query("drop database if exists glaze with (force)");
  await admin.query(`create database glaze template template0 owner glaze ${options}`);
  await admin.end();
  await inGlaze(pair, async (client) => {
    await client.query("alter schema public owner to glaze; set role glaze");
    await client.query(LEDGER_SCHEMA);
    await client.query(schema);
  });
}

/** A session in the source's `glaze` as its superuser, for the time of the deed. */
export async function inGlaze<T>(pair: LabPair, deed: (client: Client) => Promise<T>): Promise<T> {
  return withClient(await pair.source.superuser("glaze"), deed);
}

/** The same on the target. */
export async function inMoved<T>(pair: LabPair, deed: (client: Client) => Promise<T>): Promise<T> {
  return withClient(await pair.target.superuser("glaze"), deed);
}

/** The same on the source after the switch: it lets only the move's own role in, over the socket without a password. */
export async function inClosed<T>(
  pair: LabPair,
  id: string,
  deed: (client: Client) => Promise<T>,
): Promise<T> {
  const client = new Client({ ...pair.source.server.superuser, user: `outgrow_${id}`, database: "glaze" });
  await client.connect();
  return withClient(client, deed);
}

async function withClient<T>(client: Client, deed: (client: Client) => Promise<T>): Promise<T> {
  try {
    return await deed(client);
  } finally {
    await client.end();
  }
}

/** `configFile`: it reads it at every connection, so that another process may tell it. */
export function labApplication(pair: LabPair, configFile?: string): LabApplication {
  let told: "source" | "target" = "source";
  const pointsAt = () =>
    configFile === undefined ? told : (readFileSync(configFile, "utf8") as "source" | "target");
  return {
    pointsAt,
    endpoint: () => ({ ...pair[pointsAt()].admin, database: "glaze", user: "glaze", password: PASSWORD }),
    async pointAt(next) {
      told = next;
      if (configFile !== undefined) tell(configFile, next);
    },
  };
}
