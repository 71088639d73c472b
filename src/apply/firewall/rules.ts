import type { FirewallChain } from "../../model/steps/firewall-open.ts";

/** What comes in: a port from some addresses, through the interface that leads to them where it is known. */
export interface Entry {
  readonly protocol: "tcp" | "udp";
  readonly port: number;
  readonly from: readonly string[];
  readonly device: string | null;
}

/** Begins the comment of every rule of ours; what follows names the attempt that wrote it. */
const SIGN = "outgrow";

/** A rule by which its writer is known again, wherever it stands; `null`: in a chain whose hook is not known. */
export function ruleText(
  { protocol, port, from, device }: Entry,
  attempt: string,
  hook: string | null = null,
): string {
  const way = device === null ? "" : `iifname "${device}" `;
  // What goes on to a pod has the pod's port by then; conntrack still knows the one that was dialed.
  const dialed =
    hook === "forward"
      ? `meta l4proto ${protocol} ct original proto-dst ${port}`
      : `${protocol} dport ${port}`;
  return `${way}${sources(from)} ${dialed} accept comment "${SIGN} ${attempt}: ${protocol} ${port}"`;
}

/** Which attempt a comment belongs to; `null` for a comment that is not ours. */
export function attemptOf(comment: string | null): string | null {
  return new RegExp(`^${SIGN} (\\w+): `).exec(comment ?? "")?.[1] ?? null;
}

/** Matches a line of a rule file that an attempt has written. */
export function lineOf(attempt: string): RegExp {
  return new RegExp(`^.*comment "${SIGN} ${attempt}: [^"]*"\\n`, "gm");
}

/** A rule file as its owner wrote it. */
export function withoutOurs(text: string): string {
  return text.replace(new RegExp(`^.*comment "${SIGN} \\w+: [^"]*"\\n`, "gm"), "");
}

function sources(from: readonly string[]): string {
  const field = from.every((address) => address.includes(":")) ? "ip6 saddr" : "ip saddr";
  return from.length === 1 ? `${field} ${from[0]}` : `${field} { ${from.join(", ")} }`;
}

/** A chain, and the rules that are to stand at its top. */
export interface OpenedChain {
  readonly chain: FirewallChain;
  readonly rules: readonly string[];
}

/**
 * One transaction: the rules stand before all others in every chain. Those the same attempt has
 * written before, by their handles, go in the same moment.
 */
export function openingScript(
  opened: readonly OpenedChain[],
  stale: readonly (FirewallChain & { readonly handle: number })[],
): string {
  const deletions = stale.map((rule) => `delete rule ${chainText(rule)} handle ${rule.handle}`);
  // Each is put before the one put before it: the last first, so that they stand in their order.
  const insertions = opened.flatMap(({ chain, rules }) =>
    rules.map((rule) => `insert rule ${chainText(chain)} ${rule}`).reverse(),
  );
  return `${[...deletions, ...insertions].join("\n")}\n`;
}

/** Where nobody drops anything there is nothing to let through: the ports are closed to all others instead. */
export const OWN_TABLE = "outgrow";

/**
 * Our own table, replaced as a whole: peers come in, others no longer reach what only peers need. The Kubernetes
 * API is left as it is: whoever deploys may come in that way. NodePorts are turned to pods before any input
 * chain is asked, so they are closed at prerouting.
 */
export function ownTable(entries: readonly Entry[], attempt: string): string {
  const accepts = entries.map((entry) => `    ${ruleText(entry, attempt)}`);
  const closed = entries
    .filter(({ port }) => port !== API_PORT)
    .map(({ protocol, port }) => `    ${protocol} dport ${port} drop`);
  return [
    `table inet ${OWN_TABLE} {}`,
    `delete table inet ${OWN_TABLE}`,
    `table inet ${OWN_TABLE} {`,
    "  chain nodeports {",
    "    type filter hook prerouting priority -150; policy accept;",
    `    ${INSIDE} accept`,
    `    fib daddr type local tcp dport ${NODE_PORTS} drop`,
    `    fib daddr type local udp dport ${NODE_PORTS} drop`,
    "  }",
    "  chain input {",
    "    type filter hook input priority -10; policy accept;",
    `    ${INSIDE} accept`,
    ...accepts,
    ...closed,
    "  }",
    "}",
    "",
  ].join("\n");
}

/** What nobody but a peer has any use for. */
export function closedToOthers(entries: readonly Entry[]): readonly Entry[] {
  return entries.filter(({ port }) => port !== API_PORT);
}

const API_PORT = 6443;
const NODE_PORTS = "30000-32767";
/** `iifname`, not `iif`: the file loads before these interfaces exist. */
const INSIDE = 'iifname { "lo", "cni0", "flannel.1", "tailscale0" }';

export function chainText({ family, table, name }: FirewallChain): string {
  return `${family} ${table} ${name}`;
}
