/** k3s loses the throttles of a single core, and gets back what was switched off to spare it. */
export interface K3sConfig {
  readonly params: {
    readonly host: string;
    /** Arguments that go, so that k3s's own defaults hold again. */
    readonly drop: readonly K3sArgument[];
    /** Packaged components that are no longer disabled: `metrics-server`. */
    readonly enable: readonly string[];
  };
  readonly before: Readonly<Record<string, never>>;
  readonly outputs: Readonly<Record<string, never>>;
}

/** `kube-apiserver-arg: max-requests-inflight=…` */
export interface K3sArgument {
  readonly setting: string;
  readonly argument: string;
}
