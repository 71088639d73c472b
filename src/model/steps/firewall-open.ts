import type { Given } from "../reference.ts";

/** One host lets its peers in: VXLAN, the Kubernetes API, the kubelet, from private addresses only. */
export interface FirewallOpen {
  readonly params: {
    readonly host: string;
    readonly openings: readonly FirewallOpening[];
    readonly into: FirewallPlace;
  };
  /** The rules that turn the public ports to pods: they must still be there afterwards. The old ruleset is kept on the host. */
  readonly before: { readonly hostPorts: readonly string[] };
  readonly outputs: Readonly<Record<string, never>>;
}

export interface FirewallOpening {
  readonly protocol: "tcp" | "udp";
  readonly port: number;
  /** The private addresses that may come in; never empty, never a range. */
  readonly from: readonly Given<string>[];
}

/**
 * An accept in one table does not undo a drop in another: where a chain of the user's drops, the rules go
 * into that chain. A host that is still to be prepared is looked at when the step begins.
 */
export type FirewallPlace =
  | { readonly kind: "chains"; readonly chains: readonly FirewallChain[] }
  | { readonly kind: "where-it-drops" };

export interface FirewallChain {
  readonly family: string;
  readonly table: string;
  readonly name: string;
}
