import type { HostPlan } from "./host.ts";

/** Documentation addresses play the internet: https://www.rfc-editor.org/rfc/rfc5737 */
export const PUBLIC_PREFIX = 24;
export const PRIVATE_PREFIX = 20;

/** The outside world: every host's gateway, and everybody who is nobody. */
export const OUTSIDE_ADDRESS = "203.0.113.1";

/** Glaze's host and the one it will get. */
export function hostPlans(
  tailscale: (place: number) => string,
  workerHasTailscale: boolean,
): { readonly prod: HostPlan; readonly worker: HostPlan } {
  return {
    prod: {
      name: "glaze-prod",
      publicAddress: "203.0.113.10",
      privateAddress: "10.116.0.2",
      tailscaleAddress: tailscale(10),
    },
    worker: {
      name: "glaze-worker-1",
      publicAddress: "203.0.113.11",
      privateAddress: "10.116.0.3",
      tailscaleAddress: workerHasTailscale ? tailscale(11) : null,
    },
  };
}
