/** The datastore and token of the k3s server, and the firewall of every host, into a folder off the hosts. */
export interface Backup {
  readonly params: {
    /** The host that runs the k3s server. */
    readonly server: string;
    /** Hosts whose firewall is kept. */
    readonly hosts: readonly string[];
  };
  readonly before: Readonly<Record<string, never>>;
  readonly outputs: {
    readonly folder: string;
    readonly files: readonly { readonly path: string; readonly bytes: number; readonly sha256: string }[];
  };
}
