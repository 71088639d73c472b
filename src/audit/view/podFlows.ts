import type { HostFacts } from "../../model/hostFacts.ts";
import type { AuditContext } from "../context.ts";
import { addressText, blockOf } from "../firewall/address.ts";
import { type FlowVerdict, judgeFlow } from "../firewall/flow.ts";
import { type Ruleset, readRuleset } from "../firewall/ruleset.ts";
import { type Port, STRANGER } from "./cloudFirewall.ts";
import { judgedRuleset, packetOf, routeOf } from "./flows.ts";
import type { HostView } from "./hosts.ts";
import { clusterRanges } from "./ports.ts";
import { rangeOf } from "./ranges.ts";

/** What the firewall does with a packet from a pod of the other host to a pod of this one. */
export function podToPod(context: AuditContext, { facts }: HostView): FlowVerdict | null {
  const [own, other] = [podAt(context, facts, 0n), podAt(context, facts, 1n)];
  return judgePod(facts, { device: "flannel.1", from: other, to: own, port: { protocol: "udp", port: 53 } });
}

/** What it does with a packet from a pod of this host to a port of the host itself. */
export function podToHost(
  context: AuditContext,
  { facts }: HostView,
  to: string,
  port: Port,
): FlowVerdict | null {
  return judgePod(facts, { device: "cni0", from: podAt(context, facts, 0n), to, port });
}

/** Traffic from anywhere to a NodePort: kube-proxy turns it to a pod before INPUT could see it. */
export function strangerToNodePort(
  context: AuditContext,
  { facts, publicAddress }: HostView,
  port: Port,
  targetPort: number,
): FlowVerdict | null {
  const ruleset = judgedRuleset(facts);
  const pod = podAt(context, facts, 0n);
  if (ruleset === null || publicAddress === null) return null;
  const packet = packetOf({
    device: publicAddress.interface,
    from: STRANGER,
    to: publicAddress.address,
    ...port,
  });
  if (packet === null) return null;
  return judgeFlow(withKubeProxy(ruleset, port, pod, targetPort), packet, routeOf(facts, "cni0"));
}

interface PodFlow {
  readonly device: string;
  readonly from: string;
  readonly to: string;
  readonly port: Port;
}

function judgePod(facts: HostFacts, { device, from, to, port }: PodFlow): FlowVerdict | null {
  const ruleset = judgedRuleset(facts);
  const packet = packetOf({ device, from, to, ...port });
  return ruleset === null || packet === null ? null : judgeFlow(ruleset, packet, routeOf(facts, "cni0"));
}

/** A pod's address on this host, or `further` subnets away, where no pod is likely to be named by a rule. */
function podAt(context: AuditContext, { addresses }: HostFacts, further: bigint): string {
  const bridge = addresses.find((each) => each.interface === "cni0");
  const block =
    bridge === undefined
      ? rangeOf(clusterRanges(context).pods)
      : blockOf(bridge.address, bridge.prefixLength);
  const first = block?.first ?? 0n;
  return addressText({ family: "ip", bits: first + further * SUBNET + LATE_POD });
}

/** Every node has a /24 of its own. */
const SUBNET = 256n;
const LATE_POD = 250n;

/** What it has in its nftables mode, all of it. */
export const KUBE_PROXY_TABLE = "kube-proxy";

/** What kube-proxy's many chains come to for one port, as a single rule in place of them. */
export function withKubeProxy(
  ruleset: Ruleset,
  { protocol, port }: Port,
  pod: string,
  targetPort: number,
): Ruleset {
  const table = { family: "ip", table: "nat" };
  const match = { match: { op: "==", left: { payload: { protocol, field: "dport" } }, right: port } };
  const entries = [
    {
      chain: {
        ...table,
        name: "KUBE-NODEPORTS",
        type: "nat",
        hook: "prerouting",
        prio: -100,
        policy: "accept",
      },
    },
    {
      rule: {
        ...table,
        chain: "KUBE-NODEPORTS",
        handle: 0,
        expr: [match, { dnat: { addr: pod, port: targetPort } }],
      },
    },
  ];
  const proxy = readRuleset({ nftables: entries })?.chains ?? [];
  const others = ruleset.chains.filter(
    (chain) =>
      chain.table !== KUBE_PROXY_TABLE &&
      !(chain.family === "ip" && chain.table === "nat" && chain.base?.hook === "prerouting"),
  );
  return { ...ruleset, chains: [...others, ...proxy] };
}
