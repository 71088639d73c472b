import type { Given } from "../reference.ts";

/** A new host becomes like the one there is: resolver, registries, kernel, time, zram, and its firewall before k3s. */
export interface NodePrepare {
  readonly params: {
    readonly host: string;
    /** The host it must be like. */
    readonly like: string;
    readonly address: Given<string>;
    /** How it is reached once its own firewall is closed. */
    readonly way: "direct" | { readonly through: string };
  };
  readonly before: {
    /** The kernel's settings that are changed, as they were. */
    readonly sysctl: Readonly<Record<string, string>>;
    /** Units of the firewall that started at boot already. */
    readonly enabledUnits: readonly string[];
  };
  readonly outputs: Readonly<Record<string, never>>;
}
