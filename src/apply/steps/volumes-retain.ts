import { ask, MERGE_PATCH } from "../../kube/ask.ts";
import { OutgrowError } from "../../model/error.ts";
import type { ProbeTask, StepHandler } from "../stepKind.ts";
import type { World } from "../world.ts";

/** A deleted claim of local-path deletes its directory; with `Retain` it stays. */
export const volumesRetain: StepHandler<"volumes-retain"> = {
  describe: ({ params: { volumes } }) =>
    volumes.length === 1
      ? "keep the data of 1 volume when its claim goes"
      : `keep the data of ${volumes.length} volumes when their claims go`,
  probe,
  run: async ({ params, world }) => {
    for (const volume of params.volumes) await setPolicy(world, volume, "Retain");
  },
  verify: async ({ params, world }) => {
    const policies = await policiesOf(params.volumes, world);
    const [other] = Object.entries(policies).filter(([, policy]) => policy !== "Retain");
    if (other === undefined) return {};
    throw new OutgrowError("verify", `PersistentVolume ${other[0]} still says ${other[1]}.`);
  },
  undo: async ({ before, world }) => {
    for (const [volume, policy] of Object.entries(before.policies)) await setPolicy(world, volume, policy);
  },
};

async function probe({ params, world }: ProbeTask<"volumes-retain">) {
  const policies = await policiesOf(params.volumes, world);
  const others = Object.entries(policies).filter(([, policy]) => policy !== "Retain");
  return others.length === 0
    ? { state: "done" as const, outputs: {} }
    : { state: "todo" as const, before: { policies: Object.fromEntries(others) } };
}

interface Volume {
  readonly spec: { readonly persistentVolumeReclaimPolicy?: string };
}

/** Throws `not-found` for a volume that is gone: the plan then speaks of another world. */
async function policiesOf(
  volumes: readonly string[],
  { kube }: World,
): Promise<Readonly<Record<string, string>>> {
  const pairs = await Promise.all(
    volumes.map(async (name) => {
      const volume = await ask<Volume>(kube, { method: "GET", path: pathOf(name) });
      return [name, volume.spec.persistentVolumeReclaimPolicy ?? "Retain"] as const;
    }),
  );
  return Object.fromEntries(pairs);
}

async function setPolicy({ kube }: World, volume: string, policy: string): Promise<void> {
  await ask(kube, {
    method: "PATCH",
    path: pathOf(volume),
    contentType: MERGE_PATCH,
    body: { spec: { persistentVolumeReclaimPolicy: policy } },
  });
}

function pathOf(volume: string): string {
  return `/api/v1/persistentvolumes/${volume}`;
}
