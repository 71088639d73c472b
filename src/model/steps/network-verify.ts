import type { Given } from "../reference.ts";

/** Packets really pass between the nodes, both ways and large ones too, and from outside nothing new does. */
export interface NetworkVerify {
  readonly params: {
    readonly nodes: readonly {
      readonly name: string;
      readonly host: string;
      readonly address: Given<string>;
    }[];
  };
  readonly before: Readonly<Record<string, never>>;
  readonly outputs: Readonly<Record<string, never>>;
}
