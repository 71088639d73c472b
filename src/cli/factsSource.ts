import type { Config } from "../config/config.ts";
import { parseFacts } from "../facts/parseFacts.ts";
import { type FactReaders, readFacts } from "../facts/readFacts.ts";
import { OutgrowError } from "../model/error.ts";
import type { Facts, KubeObject } from "../model/facts.ts";
import { redactRepository } from "../model/redactRepository.ts";
import type { Arguments } from "./arguments.ts";
import { readTextFile } from "./files.ts";
import type { Io } from "./io.ts";
import { liveReaders, namesPostgres } from "./liveReaders.ts";

/** The facts a command line asks for: from a file, from manifests and a checkout, or from the live world. */
export async function factsFor(args: Arguments, config: Config | null, io: Io): Promise<Facts> {
  const file = args.text("facts");
  const isOffline = args.has("manifests") || args.has("repo");
  if (file !== undefined && isOffline) {
    throw new OutgrowError("usage", "--facts stands alone: it already holds manifests and repository.", {
      hint: "Leave out --manifests and --repo, or --facts.",
    });
  }
  if (file !== undefined) return parseFacts(readTextFile(file), file);
  if (isOffline) return readFacts(await offlineReaders(args, config, io), io.now());
  if (config !== null) return readFacts(liveReaders(config, io), io.now());
  throw new OutgrowError("file", "There is no file outgrow.yaml, so nothing says where the cluster is.", {
    hint: "outgrow init writes one; or give --facts, --manifests or --repo.",
  });
}

const NOT_ASKED = { missing: "not asked for: only manifests and the checkout were given." };

async function offlineReaders(args: Arguments, config: Config | null, io: Io): Promise<FactReaders> {
  const { readManifests } = await import("../repo/manifests.ts");
  const objects = manifestFiles(args).flatMap((file) => readManifests(file, readTextFile(file)));
  return {
    cluster: NOT_ASKED,
    hosts: {},
    repository: () => readCheckout(args.text("repo"), objects, io),
    cloud: NOT_ASKED,
    signals: NOT_ASKED,
    ...(config !== null && namesPostgres(config) ? { postgres: NOT_ASKED } : {}),
  };
}

/** `--manifests a.yaml b.yaml`, as the shell spells `*.yaml`, is meant too. */
function manifestFiles(args: Arguments): readonly string[] {
  return [...args.texts("manifests"), ...(args.has("manifests") ? args.words : [])];
}

async function readCheckout(root: string | undefined, manifests: readonly KubeObject[], { env }: Io) {
  const { readRepository } = await import("../repo/readRepository.ts");
  const { value, gaps } =
    root === undefined
      ? { value: { files: [], objects: [] }, gaps: [] }
      : await readRepository({ root, chart: null, env });
  return { value: redactRepository({ ...value, objects: [...manifests, ...value.objects] }), gaps };
}
