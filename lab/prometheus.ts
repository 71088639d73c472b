import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { stringify } from "yaml";
import { openMetrics, type SampledSeries } from "./openMetrics.ts";
import { freePort } from "./port.ts";
import { type RunningProcess, startProcess } from "./process.ts";
import { promtool } from "./promtool.ts";
import { type TempFolder, tempFolder } from "./temp.ts";
import { answers } from "./waitFor.ts";

export interface PrometheusOptions {
  /** Written into its store before it starts. Backfilled series have no stale markers. */
  readonly history?: readonly SampledSeries[];
  readonly scrapeConfigs?: readonly object[];
  /** Absolute paths. */
  readonly ruleFiles?: readonly string[];
  /** Between scrapes, and between rule evaluations. */
  readonly intervalSeconds?: number;
}

/** Debian's Prometheus on a free loopback port, its data in a temporary folder. */
export interface LabPrometheus extends AsyncDisposable {
  readonly origin: string;
  readonly pid: number;
}

export async function startPrometheus(options: PrometheusOptions = {}): Promise<LabPrometheus> {
  const folder = tempFolder("prometheus");
  try {
    const data = join(folder.path, "data");
    mkdirSync(data);
    if (options.history !== undefined) await backfill(folder, data, options.history);
    const config = join(folder.path, "prometheus.yml");
    writeFileSync(config, stringify(configOf(options)));
    const port = await freePort();
    const running = await serve(config, data, port);
    return {
      origin: `http://127.0.0.1:${port}`,
      pid: running.pid,
      async [Symbol.asyncDispose]() {
        await running[Symbol.asyncDispose]();
        folder[Symbol.dispose]();
      },
    };
  } catch (error) {
    folder[Symbol.dispose]();
    throw error;
  }
}

function configOf({ scrapeConfigs = [], ruleFiles = [], intervalSeconds = 1 }: PrometheusOptions): object {
  const interval = `${intervalSeconds}s`;
  return {
    global: { scrape_interval: interval, scrape_timeout: interval, evaluation_interval: interval },
    rule_files: ruleFiles,
    scrape_configs: scrapeConfigs,
  };
}

async function serve(config: string, data: string, port: number): Promise<RunningProcess> {
  return startProcess({
    command: "prometheus",
    args: [
      `--config.file=${config}`,
      `--storage.tsdb.path=${data}`,
      // Backfilled blocks may be older than the default fortnight, and would be deleted at once.
      "--storage.tsdb.retention.time=10y",
      `--web.listen-address=127.0.0.1:${port}`,
      "--log.level=warn",
    ],
    ready: () => answers(`http://127.0.0.1:${port}/-/ready`),
  });
}

async function backfill(folder: TempFolder, data: string, history: readonly SampledSeries[]): Promise<void> {
  const file = join(folder.path, "history.om");
  writeFileSync(file, openMetrics(history));
  // One large block: with the default two hours, 30 days take a minute instead of a second.
  const { code, stdout, stderr } = await promtool([
    "tsdb",
    "create-blocks-from",
    "openmetrics",
    "--max-block-duration=720h",
    file,
    data,
  ]);
  if (code !== 0) throw new Error(`promtool could not load the history.\n${stdout}${stderr}`);
}
