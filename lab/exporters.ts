import { freePort } from "./port.ts";
import { type RunningProcess, startProcess } from "./process.ts";
import { answers } from "./waitFor.ts";

/** A real exporter, as something for Prometheus to scrape. */
export interface LabExporter extends AsyncDisposable {
  readonly job: string;
  readonly port: number;
}

export function startNodeExporter(): Promise<LabExporter> {
  return startExporter("node", (port) => ({
    command: "prometheus-node-exporter",
    args: [
      `--web.listen-address=127.0.0.1:${port}`,
      "--collector.disable-defaults",
      "--collector.cpu",
      "--collector.meminfo",
    ],
  }));
}

export function startPostgresExporter(url: string): Promise<LabExporter> {
  return startExporter("postgres", (port) => ({
    command: "prometheus-postgres-exporter",
    args: [`--web.listen-address=127.0.0.1:${port}`],
    env: { DATA_SOURCE_NAME: `${url}?sslmode=disable` },
  }));
}

/** `queue`: the list whose length it tells. */
export function startRedisExporter(redisPort: number, queue: string): Promise<LabExporter> {
  return startExporter("redis", (port) => ({
    command: "prometheus-redis-exporter",
    args: [
      `-web.listen-address=127.0.0.1:${port}`,
      `-redis.addr=redis://127.0.0.1:${redisPort}`,
      `-check-single-keys=db0=${queue}`,
    ],
  }));
}

interface ExporterCommand {
  readonly command: string;
  readonly args: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
}

async function startExporter(
  job: string,
  commandOn: (port: number) => ExporterCommand,
): Promise<LabExporter> {
  const port = await freePort();
  const running: RunningProcess = await startProcess({
    ...commandOn(port),
    ready: () => answers(`http://127.0.0.1:${port}/metrics`),
  });
  return { job, port, [Symbol.asyncDispose]: () => running[Symbol.asyncDispose]() };
}
