import { type LabCelery, startCelery } from "../celery.ts";
import {
  type LabExporter,
  startNodeExporter,
  startPostgresExporter,
  startRedisExporter,
} from "../exporters.ts";
import { type LabPostgres, startPostgres } from "../postgres.ts";
import { type LabPrometheus, startPrometheus } from "../prometheus.ts";
import { type LabRedis, startRedis } from "../redis.ts";
import { startWebService, type WebService } from "./webService.ts";

/** A product on one host, as far as its numbers go: real servers, real exporters, a real Prometheus that scrapes them. */
export interface Room extends AsyncDisposable {
  readonly postgres: LabPostgres;
  readonly redis: LabRedis;
  readonly celery: LabCelery;
  readonly web: WebService;
  readonly prometheus: LabPrometheus;
}

/** As Glaze's: 60 connections, of which 3 are the superuser's; a Redis that says how much it may hold. */
const MAX_CONNECTIONS = "60";
const MAX_MEMORY = "64mb";

export async function startRoom(): Promise<Room> {
  await using stack = new AsyncDisposableStack();
  const keep = <T extends AsyncDisposable>(one: T): T => stack.use(one);
  const [postgres, redis] = await Promise.all([
    startPostgres({ max_connections: MAX_CONNECTIONS }).then(keep),
    startRedis({ maxmemory: MAX_MEMORY, "maxmemory-policy": "noeviction" }).then(keep),
  ]);
  const [celery, web, ...exporters] = await Promise.all([
    startCelery(redis.url).then(keep),
    startWebService(postgres.url).then(keep),
    startNodeExporter().then(keep),
    startPostgresExporter(postgres.url).then(keep),
    startRedisExporter(redis.port, "celery").then(keep),
  ]);
  const scrapeConfigs = [{ job: "traefik", port: web.port }, ...exporters].map(scrapeConfig);
  const prometheus = keep(await startPrometheus({ scrapeConfigs, intervalSeconds: 1 }));
  const running = stack.move();
  return { postgres, redis, celery, web, prometheus, [Symbol.asyncDispose]: () => running.disposeAsync() };
}

function scrapeConfig({ job, port }: Pick<LabExporter, "job" | "port">): object {
  return { job_name: job, static_configs: [{ targets: [`127.0.0.1:${port}`] }] };
}
