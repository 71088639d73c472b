/** A node speaks from its private address: `node-ip` and `flannel-iface` in k3s's configuration. */
export interface NodeAddress {
  readonly params: {
    readonly host: string;
    /** The node's name in Kubernetes. */
    readonly node: string;
    readonly address: string;
    /** The interface that has it, `eth1`. */
    readonly interface: string;
    /** `https://10.116.0.2:6443` must be a name of the certificate. */
    readonly tlsSan: readonly string[];
  };
  /** What the node knew itself by, and what a node that registers anew would lose. */
  readonly before: {
    readonly address: string | null;
    readonly labels: Readonly<Record<string, string>>;
    readonly taints: readonly unknown[];
  };
  readonly outputs: Readonly<Record<string, never>>;
}
