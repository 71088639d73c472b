import { type Chain, ownedByIptables, type Ruleset } from "../../audit/firewall/ruleset.ts";
import { readHostFacts } from "../../hosts/facts/readHostFacts.ts";
import type { HostSession } from "../../hosts/session.ts";
import type { HostFacts } from "../../model/hostFacts.ts";
import type { ParamsOf } from "../../model/step.ts";
import type { World } from "../world.ts";
import { filesFeeding } from "./persisted.ts";
import { hasRules } from "./ruleFile.ts";
import { chainText } from "./rules.ts";
import { loadedAttempts, readLoaded, readWall, type Wall, type Wanted } from "./wall.ts";

/** A host's firewall and the files it comes from, as they are now. */
export interface WallLook {
  readonly session: HostSession;
  readonly facts: HostFacts;
  readonly wall: Wall;
  /** There is no firewall to open: a table of our own closes the ports to all others. */
  readonly needsTable: boolean;
}

/** Who is to come in where, and whether a host without any firewall gets a table of ours. */
export interface WallParams extends Pick<ParamsOf<"firewall-open">, "host" | "into"> {
  readonly openings: readonly Wanted[];
}

/** What is loaded on a host, and its files. Throws `no-data` when the ruleset could not be read as a whole. */
export async function lookAtLoaded(
  host: string,
  world: Pick<World, "host" | "now">,
): Promise<Pick<WallLook, "session" | "facts"> & { readonly ruleset: Ruleset }> {
  const session = await world.host(host);
  const { value: facts } = await readHostFacts(session, world.now);
  return { session, facts, ruleset: readLoaded(host, facts) };
}

export async function lookAtWall({
  params,
  world,
}: {
  readonly params: WallParams;
  readonly world: Pick<World, "host" | "now">;
}): Promise<WallLook> {
  const session = await world.host(params.host);
  const { value: facts } = await readHostFacts(session, world.now);
  const wall = readWall(params.host, facts, params.openings);
  const needsTable =
    params.into.kind === "where-it-drops" && wall.dropping.length === 0 && wall.isOpenToStrangers;
  return { session, facts, wall, needsTable };
}

/** What is still to do, in words; empty when all of it is so and stays so after a boot. */
export function missingFrom({ facts, wall, needsTable }: WallLook): readonly string[] {
  const closed = wall.dropping.map((chain) => `${chainText(chain)} still drops what peers send`);
  const unwritten = loadedAttempts(wall).flatMap(({ attempt, chain }) =>
    isWritten(facts, attempt, chain)
      ? []
      : [`the rules in ${chainText(chain)} are in no file that is loaded at boot`],
  );
  return [
    ...closed,
    ...unwritten,
    ...(needsTable ? ["nothing keeps strangers from what only peers need"] : []),
  ];
}

function isWritten(facts: HostFacts, attempt: string, chain: Chain): boolean {
  const paths = filesFeeding(facts, chain);
  return paths.length > 0 && paths.every((path) => hasRules(textOf(facts, path), attempt));
}

export function textOf({ files }: HostFacts, path: string): string {
  return files.find((file) => file.path === path)?.text ?? "";
}

interface Obstacle {
  readonly why: string;
  readonly fix: string;
}

/** What no rule of ours may change. */
export function whyForeign({ wall, session }: WallLook): Obstacle | null {
  const foreign = wall.dropping.find(ownedByIptables);
  if (foreign === undefined) return null;
  return {
    why: `On ${session.name} the chain ${chainText(foreign)} drops what peers send, and it belongs to iptables: rules that nft puts there stop k3s.`,
    fix: `Let them in with the tool that wrote it, ufw or iptables: ${iptablesFix(foreign, wall)}`,
  };
}

/** The same, or what would not outlive the next boot. */
export function whyBlocked(look: WallLook): Obstacle | null {
  const foreign = whyForeign(look);
  if (foreign !== null) return foreign;
  const { facts, wall, session } = look;
  const unfed = wall.dropping.find((chain) => filesFeeding(facts, chain).length === 0);
  if (unfed === undefined) return null;
  return {
    why: `On ${session.name} the chain ${chainText(unfed)} drops what peers send, and no file was found that loads it: a rule of ours would be gone after the next boot.`,
    fix: "Load it from /etc/nftables.conf, a file it includes, or a unit with `nft -f`, the chain's header and rules on lines of their own.",
  };
}

function iptablesFix({ name, base }: Chain, { entries }: Wall): string {
  const dialed = (port: number) =>
    base?.hook === "forward" ? `-m conntrack --ctorigdstport ${port}` : `--dport ${port}`;
  return entries
    .flatMap(({ from, protocol, port, device }) =>
      from.map(
        (peer) =>
          `iptables -I ${name} ${device === null ? "" : `-i ${device} `}-s ${peer} -p ${protocol} ${dialed(port)} -j ACCEPT`,
      ),
    )
    .join("; ");
}
