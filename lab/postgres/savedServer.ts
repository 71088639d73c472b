import { execFileSync } from "node:child_process";
import { rmSync } from "node:fs";
import { join } from "node:path";
import type { LabPair } from "./pair.ts";
import type { LabServer } from "./server.ts";

/** Servers as they were at one moment, byte for byte. */
export interface SavedServers {
  /** Sets them back to it; whoever is connected is thrown out. */
  load(): Promise<void>;
}

export function savePair({ source, target }: LabPair): Promise<SavedServers> {
  // The one that fetches rows first, so that the other one's farewell does not wait for it.
  return saveServers([source.server, target.server]);
}

export async function saveServers(servers: readonly LabServer[]): Promise<SavedServers> {
  const each = async (deed: (data: string) => void) => {
    for (const server of servers) await server.stop();
    for (const { sockets } of servers) deed(join(sockets, "data"));
    await Promise.all(servers.map((server) => server.start()));
  };
  await each((data) => copy(data, saved(data)));
  return {
    load: () =>
      each((data) => {
        rmSync(data, { recursive: true });
        copy(saved(data), data);
      }),
  };
}

function saved(data: string): string {
  return `${data}.saved`;
}

function copy(from: string, to: string): void {
  execFileSync("cp", ["-a", "--reflink=auto", from, to]);
}
