import { field } from "../../audit/view/kube.ts";
import { SECOND } from "../../model/time.ts";
import { MOVES } from "../moves.ts";
import { HARMLESS, planner } from "../planner.ts";

/** Claimed volumes that a deleted claim would take along. */
export const volumesRetain = planner({
  kind: "volumes-retain",
  onlyWith: MOVES,
  read: ({ context }) =>
    context.volumes
      .filter(({ claim, volume }) => claim !== null && policyOf(volume) !== "Retain")
      .map(({ volume }) => volume.metadata.name)
      .sort(),
  parts: (volumes) => ({ volumes }),
  steps: (volumes) =>
    volumes.length === 0
      ? []
      : [
          {
            ...HARMLESS,
            id: "volumes-retain",
            kind: "volumes-retain",
            after: [],
            durationMs: SECOND,
            params: { volumes },
          },
        ],
});

function policyOf(volume: unknown): unknown {
  return field(volume, "spec", "persistentVolumeReclaimPolicy") ?? "Retain";
}
