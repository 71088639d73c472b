import type { Executed } from "./execute.ts";

/** Where a host of the laboratory is. */
export interface HostPlan {
  readonly name: string;
  /** On eth0. */
  readonly publicAddress: string;
  /** On eth1. */
  readonly privateAddress: string;
  /** On tailscale0; `null`: the host is not in that network. */
  readonly tailscaleAddress: string | null;
}

/** A host: a systemd with namespaces of its own. Nothing here blocks the process that calls it. */
export interface LabHost extends HostPlan {
  /** Its network namespace, as `ip netns` knows it. */
  readonly namespace: string;
  /** Runs a command as root inside; its stdout, or an error with its stderr. */
  run(command: string, args: readonly string[], input?: string): Promise<string>;
  /** The same where failing is an answer. */
  attempt(command: string, args: readonly string[], input?: string): Promise<Executed>;
  /** The words that start a command inside, for those who keep it running. */
  inside(command: string, args: readonly string[]): readonly [string, ...string[]];
  /** Where the host's file is to be found from outside; it may be read and written there. */
  path(file: string): string;
  /** `nft list ruleset`. */
  ruleset(): Promise<string>;
}
