import { execFileSync } from "node:child_process";
import type { HostAddress, HostFacts, K3sFacts, K3sSetting } from "../src/model/hostFacts.ts";

/** A host as a case writes it: what it leaves out is as on a healthy k3s server at DigitalOcean. */
export interface HostCase extends Partial<Omit<HostFacts, "addresses" | "k3s" | "files">> {
  /** `eth1 10.116.0.2/20`, with an MTU behind it if it matters. */
  readonly addresses?: readonly string[];
  readonly k3s?: Partial<K3sFacts> | null;
  /** Short for `k3s.settings`: lines of /etc/rancher/k3s/config.yaml, from 1. */
  readonly settings?: Readonly<Record<string, string | readonly string[]>>;
  /** A ruleset as nft reads it; the real nft turns it into what it lists. */
  readonly nft?: string;
  /** Short for `files`: path and text; `null`: not there. */
  readonly etc?: Readonly<Record<string, string | null>>;
}

const ADDRESSES = [
  "eth0 203.0.113.10/20",
  "eth1 10.116.0.2/20",
  "cni0 10.42.0.1/24 1450",
  "flannel.1 10.42.0.0/32 1450",
];

const HEALTHY: HostFacts = {
  hostname: "glaze-prod",
  machineIdHash: null,
  os: null,
  cpus: null,
  memory: null,
  k3s: null,
  sockets: [],
  addresses: [],
  routes: [{ destination: "default", gateway: "203.0.113.1", interface: "eth0", table: "main" }],
  nftables: null,
  iptables: null,
  tailscale: null,
  time: null,
  disks: [],
  sysctl: {},
  modules: [],
  files: [],
};

export function hostFactsOf(name: string, { settings = {}, nft, etc = {}, ...part }: HostCase): HostFacts {
  return {
    ...HEALTHY,
    hostname: name,
    ...part,
    addresses: (part.addresses ?? ADDRESSES).map(addressOf),
    k3s: part.k3s === null ? null : { ...k3sOf(settings), ...part.k3s },
    nftables:
      nft === undefined
        ? (part.nftables ?? null)
        : { isServiceEnabled: true, ...part.nftables, ruleset: listed(nft) },
    files: Object.entries(etc).map(([path, text]) => ({ path, mode: "0644", owner: "root", text })),
  };
}

function k3sOf(settings: NonNullable<HostCase["settings"]>): K3sFacts {
  return {
    role: "server",
    version: "v1.33.4+k3s1",
    settings: Object.entries(settings).map(
      ([key, values], index): K3sSetting => ({
        key,
        values: typeof values === "string" ? [values] : values,
        from: { file: "/etc/rancher/k3s/config.yaml", line: index + 1 },
      }),
    ),
    datastore: "sqlite",
    hasCertificatesExpiringSoon: false,
  };
}

function addressOf(text: string): HostAddress {
  const [device = "", block = "", mtu = "1500"] = text.split(" ");
  const [address = "", length] = block.split("/");
  return { interface: device, address, prefixLength: Number(length), mtu: Number(mtu) };
}

const known = new Map<string, unknown>();

/** What `nft -j list ruleset` says of it, in a network namespace of its own. */
function listed(text: string): unknown {
  const before = known.get(text);
  if (before !== undefined) return before;
  const json: unknown = JSON.parse(
    execFileSync("unshare", ["-n", "sh", "-c", "nft -f - && nft -j list ruleset"], {
      input: text,
      encoding: "utf8",
    }),
  );
  known.set(text, json);
  return json;
}
