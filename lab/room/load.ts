import { setTimeout as sleep } from "node:timers/promises";
import { Client } from "pg";

/** Visitors who ask one page after the other with a pause between, until disposed of. */
export function startVisitors(origin: string, count: number, pauseMs: number): AsyncDisposable {
  const leaving = new AbortController();
  const { signal } = leaving;
  const visit = async () => {
    while (!signal.aborted) {
      await fetch(origin, { signal })
        .then((response) => response.text())
        .catch(() => undefined);
      await sleep(pauseMs, undefined, { signal }).catch(() => undefined);
    }
  };
  const visits = Array.from({ length: count }, visit);
  return {
    async [Symbol.asyncDispose]() {
      leaving.abort();
      await Promise.all(visits);
    },
  };
}

/** So many more connections that are held open, as the pools of more web processes would. */
export async function holdConnections(url: string, count: number): Promise<AsyncDisposable> {
  const clients = await Promise.all(
    Array.from({ length: count }, async () => {
      const client = new Client({ connectionString: url });
      client.on("error", () => undefined);
      await client.connect();
      return client;
    }),
  );
  return {
    async [Symbol.asyncDispose]() {
      await Promise.all(clients.map((client) => client.end()));
    },
  };
}
