import { type FactReaders, readFacts } from "../facts/readFacts.ts";
import type { Facts } from "../model/facts.ts";
import { Secret } from "../model/secret.ts";
import type { Arguments } from "./arguments.ts";
import type { Io } from "./io.ts";
import { cloudReader, clusterReader, repositoryReader } from "./partReaders.ts";

/** What can be seen before there is a configuration: the cluster of a kubeconfig, a checkout, and the cloud when its token is at hand. */
export function initialFacts(args: Arguments, io: Io): Promise<Facts> {
  const root = args.text("repo");
  const token = io.env.DIGITALOCEAN_TOKEN;
  const readers: FactReaders = {
    cluster: clusterReader(
      { kubeconfig: args.text("kubeconfig") ?? null, context: args.text("context") ?? null },
      io,
    ),
    hosts: {},
    repository:
      root === undefined
        ? { missing: "no checkout was given (--repo DIR)." }
        : repositoryReader(root, null, io),
    cloud:
      token === undefined ? { missing: "DIGITALOCEAN_TOKEN is not set." } : cloudReader(new Secret(token)),
    signals: { missing: "there is no rule yet." },
  };
  return readFacts(readers, io.now());
}
