import { freePort } from "./port.ts";
import { startProcess } from "./process.ts";
import { tempFolder } from "./temp.ts";
import { accepts } from "./waitFor.ts";

/** Debian's Redis on a free loopback port, nothing kept. */
export interface LabRedis extends AsyncDisposable {
  readonly port: number;
  readonly url: string;
}

export async function startRedis(settings: Readonly<Record<string, string>> = {}): Promise<LabRedis> {
  const folder = tempFolder("redis");
  const port = await freePort();
  const all = { bind: "127.0.0.1", port: String(port), dir: folder.path, save: "", ...settings };
  const running = await startProcess({
    command: "redis-server",
    args: Object.entries(all).flatMap(([key, value]) => [`--${key}`, value]),
    ready: () => accepts(port),
  });
  return {
    port,
    url: `redis://127.0.0.1:${port}/0`,
    async [Symbol.asyncDispose]() {
      await running[Symbol.asyncDispose]();
      folder[Symbol.dispose]();
    },
  };
}
