/** A joined node takes part: the taint it joined with goes. */
export interface NodeOpen {
  readonly params: { readonly node: string };
  readonly before: Readonly<Record<string, never>>;
  readonly outputs: Readonly<Record<string, never>>;
}

/** A node joins with it, so that nothing is placed there before the network is proved. */
export const JOINING_TAINT = { key: "outgrow.dev/joining", value: "true", effect: "NoSchedule" } as const;
