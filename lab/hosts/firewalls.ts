import { glazeFirewallFiles } from "./glaze.ts";
import type { SeedFiles } from "./seed.ts";

/** A host's firewall as people have it: files of its disk, and the units that load them at boot. */
export interface LabFirewall {
  readonly files: SeedFiles;
  readonly units: readonly string[];
  /** The chain that drops, where the accepts must go. */
  readonly chain: { readonly family: string; readonly table: string; readonly name: string };
  /** The file that feeds it. */
  readonly file: string;
}

const INPUT = `    ct state established,related accept
    iifname { "lo", "tailscale0", "cni0", "flannel.1" } accept
    tcp dport { 80, 443 } accept`;

/** Debian's file begins like this: https://sources.debian.org/src/nftables/1.0.6-2/debian/examples/main_config/nftables.conf/ */
const FLUSHING = `#!/usr/sbin/nft -f

flush ruleset

table inet filter {
  chain input {
    type filter hook input priority filter; policy drop;
${INPUT}
  }
  chain forward {
    type filter hook forward priority filter; policy accept;
  }
}
`;

const FORWARD_DROP = `table inet glaze
delete table inet glaze
table inet glaze {
  chain input {
    type filter hook input priority filter - 5; policy drop;
${INPUT}
  }
  chain forward {
    type filter hook forward priority filter - 5; policy drop;
    ct state established,related accept
    ct status dnat accept
    iifname "cni0" accept
    oifname "cni0" ip saddr 10.42.0.0/16 accept
  }
}
`;

/** Kinds of firewall found on hosts with k3s; beside each stand kube-proxy's tables of iptables-nft. */
export const LAB_FIREWALLS = {
  /** Its own table at −100, written by a deploy script, loaded by a unit of its own. */
  glaze: {
    files: glazeFirewallFiles,
    units: ["glaze-firewall.service"],
    chain: { family: "inet", table: "glaze", name: "input" },
    file: "/etc/glaze/firewall.nft",
  },
  /** `/etc/nftables.conf` with Debian's service: every reload flushes what k3s has written. */
  flushing: {
    files: { "/etc/nftables.conf": FLUSHING },
    units: ["nftables.service"],
    chain: { family: "inet", table: "filter", name: "input" },
    file: "/etc/nftables.conf",
  },
  /** Drops by policy, what is forwarded too. */
  forwardDrop: {
    files: { ...glazeFirewallFiles, "/etc/glaze/firewall.nft": FORWARD_DROP },
    units: ["glaze-firewall.service"],
    chain: { family: "inet", table: "glaze", name: "input" },
    file: "/etc/glaze/firewall.nft",
  },
} as const satisfies Readonly<Record<string, LabFirewall>>;
