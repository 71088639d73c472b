/** One host, as its own tools describe it. Parsed by the reader, redacted, small. */
export interface HostFacts {
  readonly hostname: string;
  /** A hash: enough to see that two hosts are clones, nothing more. */
  readonly machineIdHash: string | null;
  readonly os: OsFacts | null;
  readonly cpus: number | null;
  readonly memory: MemoryFacts | null;
  /** `null`: k3s is not installed. */
  readonly k3s: K3sFacts | null;
  readonly sockets: readonly ListeningSocket[];
  readonly addresses: readonly HostAddress[];
  readonly routes: readonly HostRoute[];
  readonly nftables: NftablesFacts | null;
  readonly iptables: {
    readonly version: string;
    readonly backend: "nf_tables" | "legacy" | "unknown";
  } | null;
  readonly tailscale: TailscaleFacts | null;
  /** `offsetMs`: the host's clock less ours, in whole seconds. */
  readonly time: { readonly isSynchronized: boolean | null; readonly offsetMs: number | null } | null;
  readonly disks: readonly DiskFacts[];
  readonly sysctl: Readonly<Record<string, string>>;
  readonly modules: readonly { readonly name: string; readonly isAvailable: boolean }[];
  /** Archives of images that k3s loads on this host alone, by file name; facts of before know none. */
  readonly importedImages?: readonly string[];
  /** The files the audit and the plan compare or change, by absolute path. */
  readonly files: readonly HostFile[];
}

export interface OsFacts {
  /** `debian`, `ubuntu`; from os-release. */
  readonly id: string;
  readonly versionId: string;
  readonly name: string;
  readonly kernel: string;
  /** `x86_64`, `aarch64` */
  readonly architecture: string;
}

export interface MemoryFacts {
  readonly totalBytes: number;
  readonly availableBytes: number;
  readonly swapBytes: number;
  readonly hasZram: boolean;
}

export interface K3sFacts {
  readonly role: "server" | "agent";
  /** `v1.33.4+k3s1` */
  readonly version: string | null;
  /** The effective configuration: file, drop-ins, unit arguments and environment, later ones last. */
  readonly settings: readonly K3sSetting[];
  /** `sqlite`, `etcd` or `external`; `null` on an agent. */
  readonly datastore: "sqlite" | "etcd" | "external" | null;
  readonly hasCertificatesExpiringSoon: boolean | null;
}

/** One setting with every value it has, and where each came from. Secrets are redacted. */
export interface K3sSetting {
  readonly key: string;
  readonly values: readonly string[];
  readonly from: { readonly file: string; readonly line: number | null };
}

export interface ListeningSocket {
  readonly protocol: "tcp" | "udp";
  /** `0.0.0.0`, `::`, `127.0.0.1`, … */
  readonly address: string;
  readonly port: number;
  readonly process: string | null;
}

export interface HostAddress {
  readonly interface: string;
  readonly address: string;
  readonly prefixLength: number;
  readonly mtu: number | null;
}

export interface HostRoute {
  /** `default` or a prefix. */
  readonly destination: string;
  readonly gateway: string | null;
  readonly interface: string | null;
  readonly table: string;
}

export interface NftablesFacts {
  /** `nft -j list ruleset`, whole; `null` when it could not be read. */
  readonly ruleset: unknown;
  readonly isServiceEnabled: boolean | null;
}

export interface TailscaleFacts {
  readonly version: string | null;
  readonly isRunning: boolean;
  readonly acceptsRoutes: boolean | null;
}

export interface DiskFacts {
  readonly mount: string;
  readonly filesystem: string;
  readonly sizeBytes: number;
  readonly usedBytes: number;
}

export interface HostFile {
  readonly path: string;
  readonly mode: string | null;
  readonly owner: string | null;
  /** `null`: the file is not there. Redacted. */
  readonly text: string | null;
}
