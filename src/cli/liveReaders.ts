import type { Config } from "../config/config.ts";
import type { FactReaders, MissingPart } from "../facts/readFacts.ts";
import type { Io } from "./io.ts";
import { cloudReader, clusterReader, hostReader, postgresReader, repositoryReader } from "./partReaders.ts";
import { resolveSecret } from "./secrets.ts";
import { connectPrometheus } from "./world.ts";

/** How each part of the world that a configuration names is read. */
export function liveReaders(config: Config, io: Io): FactReaders {
  const { repository, cloud } = config;
  return {
    cluster: clusterReader(config.cluster, io),
    hosts: Object.fromEntries(
      [...config.hosts, ...(config.target?.hosts ?? [])].flatMap(({ name, ssh }) =>
        ssh === null ? [] : [[name, hostReader(name, ssh, io)]],
      ),
    ),
    repository:
      repository === null ? missing("repository") : repositoryReader(repository.path, repository.chart, io),
    cloud:
      cloud === null || cloud === "static"
        ? missing("cloud")
        : cloudReader(resolveSecret(cloud.digitalocean.token, "cloud.digitalocean.token", io)),
    signals: async () => {
      const { readSignalFacts } = await import("../watch/signalFacts.ts");
      return readSignalFacts(connectPrometheus(config, io), config, io.now());
    },
    ...(namesPostgres(config) ? { postgres: postgresReader(config, io) } : {}),
  };
}

/** A database outside that is there already, so that both servers can be asked. */
export function namesPostgres({ target }: Config): boolean {
  return target !== null && target.postgres !== "stay" && "at" in target.postgres;
}

function missing(key: string): MissingPart {
  return { missing: `outgrow.yaml has no ${key}.` };
}
