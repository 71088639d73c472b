import type { Denial } from "./access.ts";
import type { Fault } from "./faults.ts";
import type { NodeRegistration } from "./nodes.ts";
import type { Snapshot } from "./store.ts";

/** How the stand-in is to be. Plain JSON: a process of its own takes it as its argument. */
export interface KubeOptions {
  /** Where it listens; 127.0.0.1 when absent. */
  readonly address?: string;
  /** A free one when absent. */
  readonly port?: number;
  /** More subjects of its certificate: `DNS:glaze-prod`, `IP:203.0.113.7`. */
  readonly subjects?: readonly string[];
  /** Where it keeps certificates and kubeconfig. Removed at the end only when it chose the folder itself. */
  readonly folder?: string;
  /** `v1.36.2+k3s1` when absent. */
  readonly version?: string;
  /** A scheduled pod is ready this much later; at once when absent. */
  readonly podStartMs?: number;
  /** Bearer tokens beside the administrator's, by user. */
  readonly users?: Readonly<Record<string, { readonly token: string; readonly groups?: readonly string[] }>>;
  /** Tokens a node may join with. */
  readonly joinTokens?: readonly string[];
  /** The world it wakes up in. */
  readonly snapshot?: Snapshot;
}

/** What only the laboratory can do with the server, the same in this process and in another one. */
export interface KubeHandles {
  registerNode(node: NodeRegistration): Promise<void>;
  setNodeReady(name: string, isReady: boolean): Promise<void>;
  /** Lets the next fitting requests go wrong. */
  failNext(fault: Fault): Promise<void>;
  clearFaults(): Promise<void>;
  /** What some may not do from now on. */
  deny(denials: readonly Denial[]): Promise<void>;
  setJoinTokens(tokens: readonly string[]): Promise<void>;
  /** Closes the port and every connection: the API is down. */
  stop(): Promise<void>;
  /** Opens the same port again, with the same objects. */
  start(): Promise<void>;
  snapshot(): Promise<Snapshot>;
  restore(snapshot: Snapshot): Promise<void>;
  /** Makes older `continue` and `resourceVersion` values too old (410). */
  compact(): Promise<void>;
}

/** A running stand-in. */
export interface KubeLab extends KubeHandles, AsyncDisposable {
  readonly origin: string;
  readonly port: number;
  /** The administrator's bearer token. */
  readonly token: string;
  /** PEM file of the authority that signed its certificate. */
  readonly caFile: string;
  /** A kubeconfig with two contexts: `lab` (client certificate) and `lab-token`. */
  readonly kubeconfig: string;
}
