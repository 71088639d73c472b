import type { CloudFirewall, CloudRule, Droplet } from "../../model/cloudFacts.ts";
import type { AuditContext } from "../context.ts";
import { covers } from "./ranges.ts";

/** A port as firewalls know it. */
export interface Port {
  readonly protocol: "tcp" | "udp";
  readonly port: number;
}

export function dropletOf({ facts }: AuditContext, host: string): Droplet | undefined {
  return facts.cloud?.droplets.find(({ name }) => name === host);
}

/** The cloud firewalls before a droplet, by its id or one of its tags. */
export function firewallsOf({ facts }: AuditContext, { id, tags }: Droplet): readonly CloudFirewall[] {
  return (facts.cloud?.firewalls ?? []).filter(
    (firewall) => firewall.dropletIds.includes(id) || firewall.tags.some((tag) => tags.includes(tag)),
  );
}

/** Where a packet comes from: its address, and the droplet that sends it, if it is one. */
export interface Sender {
  readonly address: string;
  readonly droplet: Droplet | null;
}

/** What lets it in; `null`: nothing does. Rules of several firewalls add up. */
export function admittedBy(
  firewalls: readonly CloudFirewall[],
  sender: Sender,
  port: Port,
): { readonly firewall: CloudFirewall; readonly rule: CloudRule } | null {
  for (const firewall of firewalls) {
    const rule = firewall.inbound.find((each) => namesPort(each, port) && namesSender(each, sender));
    if (rule !== undefined) return { firewall, rule };
  }
  return null;
}

/** Whether a cloud firewall is known to stop strangers at a port of the host. */
export function stopsStrangers(context: AuditContext, host: string, port: Port): boolean {
  const droplet = dropletOf(context, host);
  const firewalls = droplet === undefined ? [] : firewallsOf(context, droplet);
  return firewalls.length > 0 && admittedBy(firewalls, { address: STRANGER, droplet: null }, port) === null;
}

/** An address that no rule can mean in particular. https://www.rfc-editor.org/rfc/rfc5737 */
export const STRANGER = "198.51.100.7";

function namesPort({ protocol, ports }: CloudRule, port: Port): boolean {
  if (protocol !== port.protocol) return false;
  // The API's own word for every port is 0.
  if (ports === "all" || ports === "0") return true;
  const [first = 0, last = first] = ports.split("-").map(Number);
  return first <= port.port && port.port <= last;
}

function namesSender({ sources }: CloudRule, { address, droplet }: Sender): boolean {
  return (
    sources.addresses.some((range) => covers(range, address)) ||
    (droplet !== null &&
      (sources.dropletIds.includes(droplet.id) || sources.tags.some((tag) => droplet.tags.includes(tag))))
  );
}
