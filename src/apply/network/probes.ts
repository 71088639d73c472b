import type { HostCommand } from "../../hosts/command.ts";
import { SECOND } from "../../model/time.ts";

/** One packet's way that is proved by really sending it: from a host, as a command on it. */
export interface NetworkProbe {
  readonly from: string;
  /** `small packets to glaze-worker-1's pods (10.42.1.1)` */
  readonly what: string;
  readonly command: HostCommand;
  /** What a silence means, and what to do. */
  readonly fix: string;
}

/** Another node as it is seen from outside. */
export interface Peer {
  readonly name: string;
  /** Its private address. */
  readonly address: string;
  /** An address that is reached only through the overlay: of its bridge, or of its tunnel's end. */
  readonly inside: string;
  readonly isServer: boolean;
}

/**
 * The ways between two nodes, small packets and large ones. Logs and `kubectl exec` prove nothing of these: they come
 * through a tunnel that the agent opens. `mtu` is the tunnel's on the sending side.
 */
export function probesTo(peer: Peer, from: string, mtu: number): readonly NetworkProbe[] {
  const probe = (what: string, words: readonly string[], fix: string): NetworkProbe => ({
    from,
    what,
    fix,
    command: { words, effect: "reads", timeoutMs: 20 * SECOND },
  });
  const pods = `${peer.name}'s pods (${peer.inside})`;
  const largest = String(mtu - IP_AND_ICMP);
  return [
    probe(`small packets to ${pods}`, ["ping", "-c", "1", "-W", "3", peer.inside], OVERLAY),
    probe(
      `the largest whole packets to ${pods}`,
      ["ping", "-c", "1", "-W", "3", "-M", "do", "-s", largest, peer.inside],
      MTU,
    ),
    probe(`64 KiB in pieces to ${pods}`, ["ping", "-c", "1", "-W", "5", "-s", "65000", peer.inside], MTU),
    probe(`the kubelet of ${peer.name} (${peer.address}:10250)`, connect(peer.address, 10250), KUBELET),
    ...(peer.isServer
      ? [probe(`the API of ${peer.name} (${peer.address}:6443)`, connect(peer.address, 6443), API)]
      : []),
  ];
}

/** A name server is asked over UDP: this is where wrong checksums of the tunnel show. */
export function dnsProbe(from: string, pod: string, address: string): NetworkProbe {
  return {
    from,
    what: `DNS over UDP at ${pod} (${address})`,
    command: {
      words: ["bash", "-c", ASK_DNS, "outgrow-dns", address],
      effect: "reads",
      timeoutMs: 20 * SECOND,
    },
    fix: CHECKSUMS,
  };
}

const IP_AND_ICMP = 28;

const OVERLAY =
  "UDP 8472 must be let in on both hosts from the other's private address, in the cloud's firewall too.";
const MTU =
  "Small packets pass and large ones do not: the tunnel's MTU is larger than what the network carries (ip -d link show flannel.1, against that of the private interface less 50).";
const KUBELET = "TCP 10250 must be let in from the other hosts' private addresses: metrics-server reads it.";
const API = "TCP 6443 must be let in from the agents' private addresses.";
const CHECKSUMS =
  "If everything else passes, the tunnel's checksums are wrong: ethtool -K flannel.1 tx-checksum-ip-generic off on both hosts. https://github.com/flannel-io/flannel/blob/master/Documentation/troubleshooting.md";

/** A new connection, with what every host has. */
function connect(address: string, port: number): readonly string[] {
  const script = `if command -v bash >/dev/null; then exec timeout 5 bash -c "exec 3<>/dev/tcp/$1/$2"; else exec nc -z -w 5 "$1" "$2"; fi`;
  return ["sh", "-c", script, "outgrow-connect", address, String(port)];
}

/** `kubernetes.default.svc.cluster.local`, type A, as 56 bytes; any answer of a name server will do. */
const ASK_DNS = `exec 3<>"/dev/udp/$1/53"
printf '\\x6f\\x67\\x01\\x00\\x00\\x01\\x00\\x00\\x00\\x00\\x00\\x00\\x0akubernetes\\x07default\\x03svc\\x07cluster\\x05local\\x00\\x00\\x01\\x00\\x01' >&3
[ "$(timeout 5 dd bs=512 count=1 <&3 2>/dev/null | wc -c)" -gt 12 ]`;
