import { join } from "node:path";
import { keptFolder } from "../../hosts/keptFile.ts";
import { OutgrowError } from "../../model/error.ts";
import type { OutputsOf } from "../../model/step.ts";
import { writePrivateFile } from "../../store/safeFile.ts";
import { fetchFile, hashOf, packServer, removeFolder } from "../backup/archive.ts";
import { checkDatastore } from "../backup/datastore.ts";
import { readManifest, writeManifest } from "../backup/manifest.ts";
import { mustRun } from "../mustRun.ts";
import type { StepHandler, StepTask } from "../stepKind.ts";
import type { World } from "../world.ts";

/** Everything the server could be rebuilt from, into a folder beside the plan that only its owner can read. */
export const backup: StepHandler<"backup"> = {
  describe: ({ params: { hosts } }) =>
    `k3s's datastore, token and configuration, and the firewall of ${hosts.join(", ")} → ./backup-…`,
  probe: async ({ world, attempt }) => {
    if (attempt === null) return { state: "todo", before: {} };
    const folder = folderOf(world, attempt);
    const manifest = readManifest(folder);
    // Another laptop does not have it, and a lost one may have taken it along.
    if (manifest !== null) return { state: "done", outputs: manifest };
    const why = `the one that was made is not on this computer, or no longer whole: ${folder}`;
    return { state: "todo", before: {}, why };
  },
  run,
  verify: async ({ world, attempt }) => {
    const manifest = readManifest(folderOf(world, attempt));
    if (manifest !== null) return manifest;
    throw new OutgrowError("verify", `The backup in ${folderOf(world, attempt)} is not whole.`);
  },
  // The backup stays; what was packed on the host for one that was cut off holds the server's token.
  undo: async ({ params, world, attempt }) => {
    await mustRun(await world.host(params.server), removeFolder(packingFolder(attempt)));
  },
};

type File = OutputsOf<"backup">["files"][number];

async function run(task: StepTask<"backup">): Promise<void> {
  const { params, world, attempt } = task;
  const folder = folderOf(world, attempt);
  const files = [await keepServer(task, folder)];
  for (const host of params.hosts) {
    const ruleset = await mustRun(await world.host(host), {
      words: ["nft", "list", "ruleset"],
      effect: "reads",
    });
    files.push(keep(folder, `${host}.nft`, Buffer.from(ruleset)));
  }
  writeManifest({ folder, files });
}

async function keepServer(
  { params, world, attempt, say }: StepTask<"backup">,
  folder: string,
): Promise<File> {
  const session = await world.host(params.server);
  const there = packingFolder(attempt);
  say(`packing the datastore of ${params.server}`);
  const archive = await packServer(session, there);
  const content = await fetchFile(session, archive, (share) => say(`fetching ${archive.bytes} bytes`, share));
  checkDatastore(content);
  const file = keep(folder, `${params.server}.tar.gz`, content);
  await mustRun(session, removeFolder(there));
  return file;
}

function keep(folder: string, path: string, content: Buffer): File {
  writePrivateFile(join(folder, path), content);
  return { path, bytes: content.length, sha256: hashOf(content) };
}

function packingFolder(attempt: string): string {
  return `${keptFolder(attempt)}/backup`;
}

function folderOf({ folder }: World, attempt: string): string {
  return join(folder, `backup-${attempt}`);
}
