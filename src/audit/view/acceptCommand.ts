import { type Chain, ownedByIptables } from "../firewall/ruleset.ts";

/** What shall pass; all given must hold. */
export interface Passing {
  readonly device?: string;
  readonly from?: string;
  readonly to?: string;
}

/** The command that lets it pass a chain, first of all: iptables for its own tables, nft for all others. */
export function acceptCommand(chain: Chain, { device, from, to }: Passing): string {
  const { family, table, name } = chain;
  return ownedByIptables(chain)
    ? [
        `iptables -I ${name}`,
        ...(device === undefined ? [] : [`-i ${device}`]),
        ...(from === undefined ? [] : [`-s ${from}`]),
        ...(to === undefined ? [] : [`-d ${to}`]),
        "-j ACCEPT",
      ].join(" ")
    : [
        `nft insert rule ${family} ${table} ${name}`,
        ...(device === undefined ? [] : [`iifname "${device}"`]),
        ...(from === undefined ? [] : [`ip saddr ${from}`]),
        ...(to === undefined ? [] : [`ip daddr ${to}`]),
        "accept",
      ].join(" ");
}
