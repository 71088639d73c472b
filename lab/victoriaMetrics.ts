import { openMetrics, type SampledSeries } from "./openMetrics.ts";
import { freePort } from "./port.ts";
import { startProcess } from "./process.ts";
import { tempFolder } from "./temp.ts";
import { answers } from "./waitFor.ts";

/** Debian's single-node VictoriaMetrics on a free loopback port. */
export interface LabVictoriaMetrics extends AsyncDisposable {
  readonly origin: string;
}

export async function startVictoriaMetrics(
  options: { readonly history?: readonly SampledSeries[] } = {},
): Promise<LabVictoriaMetrics> {
  const folder = tempFolder("victoria");
  const port = await freePort();
  const origin = `http://127.0.0.1:${port}`;
  const running = await startProcess({
    command: "victoria-metrics",
    args: [
      `-storageDataPath=${folder.path}`,
      `-httpListenAddr=127.0.0.1:${port}`,
      "-retentionPeriod=100y",
      // The newest samples count at once, as in every other store.
      "-search.latencyOffset=0s",
    ],
    ready: () => answers(`${origin}/health`),
  });
  const store: LabVictoriaMetrics = {
    origin,
    async [Symbol.asyncDispose]() {
      await running[Symbol.asyncDispose]();
      folder[Symbol.dispose]();
    },
  };
  if (options.history !== undefined) await load(origin, options.history);
  return store;
}

/** The same text as for Prometheus, in milliseconds. */
async function load(origin: string, history: readonly SampledSeries[]): Promise<void> {
  const body = openMetrics(history)
    .replace(/^#.*\n/gm, "")
    .replace(/ (\S+)$/gm, (_, seconds: string) => ` ${Number(seconds) * 1000}`);
  const imported = await fetch(`${origin}/api/v1/import/prometheus`, { method: "POST", body });
  if (!imported.ok) throw new Error(`VictoriaMetrics refused the history: ${await imported.text()}`);
  await fetch(`${origin}/internal/force_flush`);
}
