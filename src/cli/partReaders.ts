import { existsSync } from "node:fs";
import type { Config } from "../config/config.ts";
import type { FactReaders, MissingPart, Reader } from "../facts/readFacts.ts";
import type { CloudFacts } from "../model/cloudFacts.ts";
import type { ClusterFacts, RepositoryFacts } from "../model/facts.ts";
import type { HostFacts } from "../model/hostFacts.ts";
import type { Secret } from "../model/secret.ts";
import { digitalOcean } from "./digitalOcean.ts";
import type { Io } from "./io.ts";
import { type ClusterChoice, kubeAccess } from "./kubeAccess.ts";

/** Each part's adapter is loaded when it is used: a start-up pays for nothing it does not need. */
export function repositoryReader(root: string, chart: string | null, { env }: Io): Reader<RepositoryFacts> {
  return async () => {
    const { readRepository } = await import("../repo/readRepository.ts");
    return readRepository({ root, chart, env });
  };
}

export function hostReader(name: string, destination: string, io: Io): Reader<HostFacts> {
  return async () => {
    const { createSshSession } = await import("../hosts/sshSession.ts");
    const { sshTarget } = await import("../hosts/target.ts");
    const { readHostFacts } = await import("../hosts/facts/readHostFacts.ts");
    const session = createSshSession(sshTarget({ name, destination }));
    return await closing(session, () => readHostFacts(session, io.now));
  };
}

/** Without a kubeconfig that anything names, and none in kubectl's own place, the cluster is simply left out. */
export function clusterReader(cluster: ClusterChoice, io: Io): Reader<ClusterFacts> | MissingPart {
  const settings = kubeAccess(cluster, io);
  const isNamed = cluster.kubeconfig !== null || io.env.KUBECONFIG !== undefined;
  if (!isNamed && !existsSync(settings.file.replace(/^~/, settings.home))) {
    return { missing: `there is no ${settings.file}, and nothing names another kubeconfig.` };
  }
  return async () => {
    const { connectKube } = await import("../kube/connect.ts");
    const { readCluster } = await import("../kube/readCluster.ts");
    const api = connectKube(settings);
    return await closing(api, () => readCluster(api));
  };
}

/**
 * `await using` in a function of its own: where it stands beside an `import()`, TypeScript 6 leaves the
 * `.ts` of that import in what it builds.
 */
async function closing<T>(resource: AsyncDisposable, read: () => Promise<T>): Promise<T> {
  await using _ = resource;
  return await read();
}

/** Reached as `apply` will reach them: by the same sessions and tunnels. */
export function postgresReader(config: Config, io: Io): NonNullable<FactReaders["postgres"]> {
  return async (facts) => {
    const { readPostgresFacts } = await import("../apply/postgres/readPostgresFacts.ts");
    const { productionWorld } = await import("./productionWorld.ts");
    const world = productionWorld(config, io, new AbortController().signal, ".");
    return await closing(world, () => readPostgresFacts(config, facts, world));
  };
}

export function cloudReader(token: Secret): Reader<CloudFacts> {
  return async () => {
    const { readDigitalOcean } = await import("../clouds/digitalOcean.ts");
    return readDigitalOcean(digitalOcean(token));
  };
}
