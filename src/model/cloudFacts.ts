/** What the provider says of the hosts and of what stands before them. */
export interface CloudFacts {
  readonly provider: "digitalocean";
  readonly droplets: readonly Droplet[];
  readonly vpcs: readonly Vpc[];
  readonly firewalls: readonly CloudFirewall[];
  readonly sizes: readonly DropletSize[];
}

export interface Droplet {
  readonly id: number;
  readonly name: string;
  readonly region: string;
  readonly size: string;
  readonly image: string | null;
  readonly vpcId: string | null;
  readonly publicAddress: string | null;
  readonly privateAddress: string | null;
  readonly tags: readonly string[];
}

export interface Vpc {
  readonly id: string;
  readonly name: string;
  readonly region: string;
  /** `10.116.0.0/20` */
  readonly range: string;
}

/** A DigitalOcean Cloud Firewall: it drops whatever no rule names, on the public and the private network alike. */
export interface CloudFirewall {
  readonly id: string;
  readonly name: string;
  readonly dropletIds: readonly number[];
  readonly tags: readonly string[];
  readonly inbound: readonly CloudRule[];
}

export interface CloudRule {
  readonly protocol: "tcp" | "udp" | "icmp";
  /** `22`, `8000-9000`; `all` for every port. */
  readonly ports: string;
  readonly sources: {
    readonly addresses: readonly string[];
    readonly dropletIds: readonly number[];
    readonly tags: readonly string[];
  };
}

export interface DropletSize {
  /** `s-2vcpu-2gb` */
  readonly slug: string;
  readonly cpus: number;
  readonly memoryBytes: number;
  readonly diskBytes: number;
  /** US dollars a month, in cents. */
  readonly monthlyCents: number;
  readonly regions: readonly string[];
  readonly isAvailable: boolean;
}
