import type { Given } from "../reference.ts";

/** A host becomes an agent of the cluster, tainted so that nothing lands on it yet. */
export interface NodeJoin {
  readonly params: {
    readonly host: string;
    /** Its name as a node. */
    readonly node: string;
    readonly address: Given<string>;
    /** The interface that has the address; `null`: the host is asked. */
    readonly interface: string | null;
    /** The host of the k3s server, and its private address. */
    readonly server: string;
    readonly serverAddress: string;
    /** The server's own, `v1.33.4+k3s1`. */
    readonly version: string;
    /** The kubelet's `resolv-conf`, where the server has one of its own. */
    readonly resolvConf: string | null;
    /** The node that keeps ServiceLB, and so the public address. */
    readonly loadBalancerNode: string;
  };
  /** What the cluster and the host had before: undo takes away no more than was brought. */
  readonly before: {
    readonly hadK3s: boolean;
    readonly hadLoadBalancerLabel: boolean;
  };
  readonly outputs: { readonly node: string };
}
