/** What the user means to do, as far as the configuration says; the audit judges facts against it. */
export interface Intent {
  readonly web: ObjectName | null;
  readonly worker: ObjectName | null;
  readonly postgres: { readonly service: ObjectName | null; readonly leavesCluster: boolean };
  readonly redis: { readonly service: ObjectName | null; readonly leavesCluster: boolean };
  readonly hosts: readonly HostIntent[];
  /** Hosts that do not exist yet. */
  readonly newHosts: readonly string[];
}

export interface ObjectName {
  readonly namespace: string;
  readonly name: string;
}

export interface HostIntent {
  readonly name: string;
  readonly role: "server" | "agent";
  readonly privateAddress: string | null;
}

/** The default target of the product: two hosts, both data stores outside. */
export const DEFAULT_INTENT: Intent = {
  web: null,
  worker: null,
  postgres: { service: null, leavesCluster: true },
  redis: { service: null, leavesCluster: true },
  hosts: [],
  newHosts: ["the new node"],
};
