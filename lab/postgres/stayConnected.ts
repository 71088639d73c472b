import { setTimeout as sleep } from "node:timers/promises";
import type { Client } from "pg";
import type { Endpoint } from "../../src/postgres/endpoint.ts";
import { clientOf } from "./client.ts";

export interface Connecting {
  /** Asked at each new connection: the application's configuration. */
  readonly endpoint: () => Endpoint;
  readonly until: AbortSignal;
  /** Before a client that was thrown out or refused connects again. */
  readonly retryMs?: number;
}

/** Does the same without end, over a new connection whenever the last one was lost, as a client of a real application does. */
export async function stayConnected(
  { endpoint, until, retryMs = 10 }: Connecting,
  deed: (client: Client, server: Endpoint) => Promise<void>,
): Promise<void> {
  while (!until.aborted) {
    const server = endpoint();
    const client = clientOf(server, 3_000);
    try {
      await client.connect();
      while (!until.aborted) await deed(client, server);
    } catch {
      // Thrown out, refused, or told to try again: what a client of a real application sees too.
      await sleep(retryMs);
    } finally {
      await client.end().catch(() => undefined);
    }
  }
}
