import type { ApplicationPlaces } from "../../model/steps/postgres-move.ts";
import type { World } from "../world.ts";
import type { Switch } from "./texts.ts";

/** The application in the cluster, as one move sees it. */
export interface SwitchParts extends Switch {
  /** Of the move, through every resumption. */
  readonly attempt: string;
  readonly places: ApplicationPlaces;
  readonly world: Pick<World, "kube" | "now" | "sleep" | "stopping">;
  readonly say: (text: string) => void;
}
