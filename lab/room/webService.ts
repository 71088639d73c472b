import { once } from "node:events";
import { createServer, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { Pool } from "pg";
import { createTraefikMetrics } from "./traefikMetrics.ts";

/** A stand-in for web behind Traefik: every request asks a real database; what Traefik would count is on `/metrics`. */
export interface WebService extends AsyncDisposable {
  readonly port: number;
  readonly origin: string;
}

const SERVICE = "default-glaze-web-80@kubernetes";
const POOL_SIZE = 4;

export async function startWebService(databaseUrl: string): Promise<WebService> {
  const pool = new Pool({ connectionString: databaseUrl, max: POOL_SIZE });
  pool.on("error", () => undefined);
  const metrics = createTraefikMetrics(SERVICE);
  const server = createServer(async (request, response) => {
    if (request.url === "/metrics") return void response.end(metrics.text());
    const started = performance.now();
    const code = await pots(pool, response);
    metrics.record(code, request.method ?? "", (performance.now() - started) / 1000);
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  return {
    port,
    origin: `http://127.0.0.1:${port}`,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      server.close();
      await pool.end();
    },
  };
}

async function pots(pool: Pool, response: ServerResponse): Promise<number> {
  const answer = await pool
    .query("select count(*)::int as pots from pg_class")
    .then(({ rows }) => ({ code: 200, body: JSON.stringify(rows[0]) }))
    .catch(() => ({ code: 500, body: "no database" }));
  response.writeHead(answer.code).end(answer.body);
  return answer.code;
}
