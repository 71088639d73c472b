import { readHostFacts } from "../../hosts/facts/readHostFacts.ts";
import type { HostSession } from "../../hosts/session.ts";
import { OutgrowError } from "../../model/error.ts";
import type { K3sSetting } from "../../model/hostFacts.ts";
import type { World } from "../world.ts";

/** What k3s on a host goes by. Throws `no-data` where there is none, or none that can be read. */
export async function settingsOf(session: HostSession, world: World): Promise<readonly K3sSetting[]> {
  const { value, gaps } = await readHostFacts(session, world.now);
  if (value.k3s !== null) return value.k3s.settings;
  const why = gaps.find(({ subject }) => subject === "k3s configuration")?.message;
  throw new OutgrowError(
    "no-data",
    `No k3s was found on ${session.name}${why === undefined ? "." : `: ${why}`}`,
  );
}
