import { shellLine } from "../../model/shellLine.ts";
import { databaseWord } from "../endpoint.ts";
import type { Stream } from "../verify/follower.ts";
import type { OpenMove } from "./sides.ts";

export function outward({ names, source, target }: OpenMove): Stream {
  return {
    from: source,
    to: target,
    publication: names.forward,
    names,
    ifChanged:
      "Nothing was changed on the old server, which serves on. Let no migration run during the move: outgrow undo, and start again.",
  };
}

/** The old server lets nobody in but the move's own role, and so it is by that one that its schema is changed. */
export function homeward({ order: { database }, names, source, target }: OpenMove): Stream {
  const psql = shellLine(["psql", "--username", names.role, "--dbname", databaseWord(database)]);
  return {
    from: target,
    to: source,
    publication: names.back,
    names,
    ifChanged: `If a migration ran since the switch, the old server needs the same change, without its rows, and the new one serves on until then. Beside the old one: ${psql}, there SET ROLE to the owner and make the change, and run outgrow undo again. Values that the change itself made (now(), gen_random_uuid()) come when those rows are updated on the new server once more. What the old one cannot have, take back on the new one.`,
  };
}
