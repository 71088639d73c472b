import { execFileSync } from "node:child_process";

/**
 * The rules that k3s's parts put beside a host's own, in the tables of iptables-nft. kube-proxy looks after
 * its chains; flannel's and the port mappings of pods are written when they start and never again.
 */
const TABLES = `
add table ip filter
add chain ip filter INPUT { type filter hook input priority filter; policy accept; }
add chain ip filter FORWARD { type filter hook forward priority filter; policy accept; }
add chain ip filter OUTPUT { type filter hook output priority filter; policy accept; }
add table ip nat
add chain ip nat PREROUTING { type nat hook prerouting priority dstnat; policy accept; }
add chain ip nat INPUT { type nat hook input priority 100; policy accept; }
add chain ip nat OUTPUT { type nat hook output priority -100; policy accept; }
add chain ip nat POSTROUTING { type nat hook postrouting priority srcnat; policy accept; }
`;

/** kube-proxy's: the API and the cluster's DNS behind their Service addresses. */
export function syncServices(apiServer: string): void {
  load(`${TABLES}
add chain ip filter KUBE-FORWARD
add chain ip filter KUBE-FIREWALL
flush chain ip filter KUBE-FORWARD
flush chain ip filter KUBE-FIREWALL
add rule ip filter KUBE-FORWARD ct state related,established counter accept
add rule ip filter KUBE-FIREWALL ip saddr != 127.0.0.0/8 ip daddr 127.0.0.0/8 ct status != dnat counter drop
add chain ip nat KUBE-SERVICES
add chain ip nat KUBE-POSTROUTING
flush chain ip nat KUBE-SERVICES
flush chain ip nat KUBE-POSTROUTING
add rule ip nat KUBE-SERVICES ip daddr 10.43.0.1 tcp dport 443 counter dnat to ${apiServer}:6443
add rule ip nat KUBE-SERVICES ip daddr 10.43.0.10 udp dport 53 counter dnat to 10.42.0.10:53
add rule ip nat KUBE-POSTROUTING ip saddr != 10.42.0.0/16 ct status dnat counter masquerade
${jump("filter", "FORWARD", "KUBE-FORWARD")}${jump("filter", "INPUT", "KUBE-FIREWALL")}
${jump("nat", "PREROUTING", "KUBE-SERVICES")}${jump("nat", "OUTPUT", "KUBE-SERVICES")}
${jump("nat", "POSTROUTING", "KUBE-POSTROUTING")}`);
}

export function hasServices(): boolean {
  return listing("nat", "KUBE-SERVICES") !== "" && listing("nat", "PREROUTING").includes("KUBE-SERVICES");
}

/** flannel's: pods reach the world behind their node's address, and one another as themselves. */
export function writeFlannel(): void {
  load(`${TABLES}
add chain ip filter FLANNEL-FWD
flush chain ip filter FLANNEL-FWD
add rule ip filter FLANNEL-FWD ip saddr 10.42.0.0/16 counter accept
add rule ip filter FLANNEL-FWD ip daddr 10.42.0.0/16 counter accept
add chain ip nat FLANNEL-POSTRTG
flush chain ip nat FLANNEL-POSTRTG
add rule ip nat FLANNEL-POSTRTG ip saddr 10.42.0.0/16 ip daddr 10.42.0.0/16 counter return
add rule ip nat FLANNEL-POSTRTG ip saddr 10.42.0.0/16 ip daddr != 224.0.0.0/4 counter masquerade
${jump("filter", "FORWARD", "FLANNEL-FWD")}${jump("nat", "POSTROUTING", "FLANNEL-POSTRTG")}`);
}

/** The portmap plugin's, when the pod of ServiceLB starts: 80 and 443 of the host are the pod's. */
export function writeHostPorts(pod: string): void {
  load(`${TABLES}
add chain ip nat CNI-HOSTPORT-DNAT
flush chain ip nat CNI-HOSTPORT-DNAT
add rule ip nat CNI-HOSTPORT-DNAT tcp dport 80 counter dnat to ${pod}:80
add rule ip nat CNI-HOSTPORT-DNAT tcp dport 443 counter dnat to ${pod}:443
${jump("nat", "PREROUTING", "CNI-HOSTPORT-DNAT", "fib daddr type local ")}`);
}

/** A rule that is there already is not added again. */
function jump(table: string, from: string, to: string, condition = ""): string {
  if (new RegExp(`jump ${to}\\b`).test(listing(table, from))) return "";
  return `add rule ip ${table} ${from} ${condition}counter jump ${to}\n`;
}

function listing(table: string, chain: string): string {
  try {
    return execFileSync("nft", ["list", "chain", "ip", table, chain], {
      encoding: "utf8",
      stdio: ["ignore", "pipe", "ignore"],
    });
  } catch {
    return "";
  }
}

function load(text: string): void {
  execFileSync("nft", ["-f", "-"], { input: text });
}
