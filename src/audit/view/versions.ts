import type { AuditContext } from "../context.ts";
import { serversOf } from "./hosts.ts";
import { viewNodes } from "./nodes.ts";

/** `v1.33.4+k3s1`: what the server runs, by its own word, its node's or the API's; `null`: nobody says. */
export function serverVersion(context: AuditContext): string | null {
  const host = serversOf(context).find(({ facts }) => typeof facts.k3s?.version === "string");
  const node = viewNodes(context).find(({ isServer, version }) => isServer && version !== null);
  return host?.facts.k3s?.version ?? node?.version ?? context.facts.cluster?.version ?? null;
}
