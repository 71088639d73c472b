import { type HostFact, linesOf } from "./hostFact.ts";

/** Those that k3s, the kubelet (`protect-kernel-defaults`) or a busy two-node cluster care about. */
const KEYS = [
  "fs.file-max",
  "fs.inotify.max_user_instances",
  "fs.inotify.max_user_watches",
  "kernel.keys.root_maxbytes",
  "kernel.keys.root_maxkeys",
  "kernel.panic",
  "kernel.panic_on_oops",
  "net.bridge.bridge-nf-call-ip6tables",
  "net.bridge.bridge-nf-call-iptables",
  "net.core.somaxconn",
  "net.ipv4.conf.all.rp_filter",
  "net.ipv4.conf.default.rp_filter",
  "net.ipv4.ip_forward",
  "net.ipv6.conf.all.forwarding",
  "net.netfilter.nf_conntrack_max",
  "vm.max_map_count",
  "vm.overcommit_memory",
  "vm.panic_on_oom",
  "vm.swappiness",
];

export const sysctlFact: HostFact<Readonly<Record<string, string>>> = {
  name: "sysctl",
  script: `for key in ${KEYS.join(" ")}; do
  file="/proc/sys/$(printf '%s' "$key" | tr . /)"
  if [ -r "$file" ]; then echo "$key = $(cat "$file")"; fi
done`,
  parse: (text) =>
    Object.fromEntries(
      linesOf(text).flatMap((line) => {
        const [, key, value] = /^(\S+) = (.*)$/.exec(line) ?? [];
        return key === undefined || value === undefined ? [] : [[key, value.replace(/\s+/g, " ")]];
      }),
    ),
};
