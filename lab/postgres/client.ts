import { Client } from "pg";
import type { Endpoint } from "../../src/postgres/endpoint.ts";

const PATIENCE_MS = 10_000;

/**
 * A session of nobody in the product, ended with its scope; encrypted or not, whoever answers. What it asks may take as long as
 * nobody gives the signal, without one a few seconds.
 */
export async function connectTo(endpoint: Endpoint, signal?: AbortSignal): Promise<Client & AsyncDisposable> {
  const { host, port, database, user, password, tls } = endpoint;
  const client = new Client({
    host,
    port,
    database,
    user,
    password: password.reveal(),
    ssl: tls.mode === "off" ? false : { rejectUnauthorized: false },
    connectionTimeoutMillis: PATIENCE_MS,
    ...(signal === undefined ? { query_timeout: PATIENCE_MS } : {}),
  });
  client.on("error", () => undefined);
  await client.connect();
  signal?.addEventListener("abort", () => void client.end(), { once: true });
  return closing(client);
}

/** The same of a session that is open already. */
export function closing(client: Client): Client & AsyncDisposable {
  return Object.assign(client, { [Symbol.asyncDispose]: () => client.end() });
}
