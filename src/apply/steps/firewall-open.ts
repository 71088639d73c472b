import { isOutput } from "../../model/reference.ts";
import type { StepOf } from "../../model/step.ts";
import { type Millis, SECOND } from "../../model/time.ts";
import { lookAtWall, missingFrom, whyBlocked } from "../firewall/lookAtWall.ts";
import { openWall, restoreWall } from "../firewall/openWall.ts";
import { verifyWall } from "../firewall/verifyWall.ts";
import { hostPortRules } from "../firewall/wall.ts";
import type { StepHandler } from "../stepKind.ts";

/** How long a new connection has to say that it still gets in. */
const PATIENCE: Millis = 30 * SECOND;

export const firewallOpen = createFirewallOpen(PATIENCE);

/**
 * Lets the peers of a host in. Nobody can be locked out by it: nft checks the rules first, one transaction
 * loads them, and the host takes them back by itself unless a new connection confirms in time; only then
 * they are written where they come from at boot.
 */
export function createFirewallOpen(patienceMs: Millis): StepHandler<"firewall-open"> {
  return {
    describe,
    probe: async (task) => {
      const look = await lookAtWall(task);
      const blocked = whyBlocked(look);
      if (blocked !== null) return { state: "blocked", ...blocked };
      return missingFrom(look).length === 0
        ? { state: "done", outputs: {} }
        : { state: "todo", before: { hostPorts: hostPortRules(look.wall) } };
    },
    run: (task) => openWall(task, patienceMs),
    verify: async (task) => {
      await verifyWall(await lookAtWall(task), task.before.hostPorts);
      return {};
    },
    undo: restoreWall,
  };
}

function describe({ params: { host, openings } }: StepOf<"firewall-open">): string {
  const from = openings.flatMap((opening) => opening.from);
  const peers = [...new Set(from.map((each) => (isOutput(each) ? `the address of ${each.from}` : each)))];
  const ports = openings.map(({ protocol, port }) => `${protocol} ${port}`);
  return `let ${peers.join(", ")} in on ${host}: ${ports.join(", ")}`;
}
