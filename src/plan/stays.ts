import type { Config } from "../config/config.ts";
import type { PlanInput } from "./planner.ts";

/** What one host carries alone even when there are two. */
export function staysSingle({ target }: Config): readonly string[] {
  return [
    "control plane",
    "CoreDNS",
    "the public address",
    ...(target?.postgres === "stay" ? ["Postgres"] : []),
    ...(target?.redis === "stay" ? ["Redis"] : []),
  ];
}

/** What was seen in the cluster and no step touches. */
export function staysAsItIs({ context: { cluster } }: PlanInput): readonly string[] {
  const names = cluster.workloads.map(({ name }) => name);
  return KNOWN.filter(([, pattern]) => names.some((name) => pattern.test(name))).map(([title]) => title);
}

const KNOWN: readonly (readonly [string, RegExp])[] = [
  ["Traefik", /^traefik$/],
  ["cert-manager", /^cert-manager$/],
  ["External Secrets", /^external-secrets$/],
  ["external-dns", /^external-dns$/],
  ["the Tailscale operator", /^operator$|^tailscale-operator$/],
];
