import type { Config } from "../config/config.ts";
import type { FactReaders, MissingPart } from "../facts/readFacts.ts";
import type { Io } from "./io.ts";
import { connectPrometheus } from "./world.ts";

/** How each part of the world that a configuration names is read; adapters are loaded when they are used. */
export function liveReaders(config: Config, io: Io): FactReaders {
  return {
    cluster: missing("cluster"),
    hosts: {},
    repository: repositoryReader(config, io),
    cloud: missing("cloud"),
    signals: async () => {
      const { readSignalFacts } = await import("../watch/signalFacts.ts");
      return readSignalFacts(connectPrometheus(config, io), config, io.now());
    },
  };
}

function repositoryReader({ repository }: Config, { env }: Io): FactReaders["repository"] {
  if (repository === null) return missing("repository");
  return async () => {
    const { readRepository } = await import("../repo/readRepository.ts");
    return readRepository({ root: repository.path, chart: repository.chart, env });
  };
}

function missing(key: string): MissingPart {
  return { missing: `outgrow.yaml has no ${key}.` };
}
