import { Client, type ClientConfig } from "pg";
import { tlsOptions } from "../../src/postgres/database.ts";
import type { Endpoint } from "../../src/postgres/endpoint.ts";

const PATIENCE_MS = 10_000;

/** A session of nobody in the product, that is not connected yet. */
export function clientOf(endpoint: Endpoint, connectMs: number, more: ClientConfig = {}): Client {
  const { host, port, database, user, password, tls } = endpoint;
  const client = new Client({
    host,
    port,
    database,
    user,
    password: password.reveal(),
    ssl: tlsOptions(tls),
    connectionTimeoutMillis: connectMs,
    ...more,
  });
  client.on("error", () => undefined);
  return client;
}

/** One that is, ended with its scope. What it asks may take as long as nobody gives the signal, without one a few seconds. */
export async function connectTo(endpoint: Endpoint, signal?: AbortSignal): Promise<Client & AsyncDisposable> {
  const limit = signal === undefined ? { query_timeout: PATIENCE_MS } : {};
  const client = clientOf(endpoint, PATIENCE_MS, limit);
  await client.connect();
  signal?.addEventListener("abort", () => void client.end(), { once: true });
  return closing(client);
}

/** The same of a session that is open already. */
export function closing(client: Client): Client & AsyncDisposable {
  return Object.assign(client, { [Symbol.asyncDispose]: () => client.end() });
}
