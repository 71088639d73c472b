import { isPrivate } from "../../audit/view/ranges.ts";
import { FACTS } from "../../hosts/facts/facts.ts";
import type { HostSession } from "../../hosts/session.ts";
import { ask } from "../../kube/ask.ts";
import { waitUntil } from "../../kube/wait.ts";
import { OutgrowError } from "../../model/error.ts";
import type { HostAddress } from "../../model/hostFacts.ts";
import type { ParamsOf } from "../../model/step.ts";
import { MINUTE } from "../../model/time.ts";
import { findNode, tunnelAddress } from "../k3s/node.ts";
import { waiting } from "../k3s/service.ts";
import { mustRun } from "../mustRun.ts";
import { dnsProbe, type NetworkProbe, type Peer, probesTo } from "../network/probes.ts";
import type { StepHandler } from "../stepKind.ts";
import type { World } from "../world.ts";

type Kind = "network-verify";
type Params = ParamsOf<Kind>;

/** Real packets between every two nodes, both ways; done when all of them arrive. */
export const networkVerify: StepHandler<Kind> = {
  describe: ({ params: { nodes } }) =>
    `packets between ${nodes.map(({ name }) => name).join(" and ")}, both ways, small and large`,
  probe: async ({ params, world }) =>
    (await firstFailure(params, world)) === null
      ? { state: "done", outputs: {} }
      : { state: "todo", before: {} },
  run: async ({ params, world, say }) => {
    await waitUntil(waiting(world, say, 2 * MINUTE), async () => {
      const failure = await firstFailure(params, world);
      return failure === null ? null : `no answer: ${failure.what} from ${failure.from}`;
    });
  },
  verify: async ({ params, world }) => {
    const failure = await firstFailure(params, world);
    if (failure === null) return {};
    throw new OutgrowError("verify", `From ${failure.from} there is no way to ${failure.what}.`, {
      hint: failure.fix,
    });
  },
  undo: async () => undefined,
};

type Failure = Pick<NetworkProbe, "from" | "what" | "fix">;

async function firstFailure(params: Params, world: World): Promise<Failure | null> {
  const ends = await Promise.all(params.nodes.map((node) => endOf(node, world)));
  const wrong = await wrongTunnel(params, world);
  if (wrong !== null) return wrong;
  const servers = await nameServers(world);
  for (const end of ends) {
    if (end.tunnel === undefined)
      return { from: end.peer.name, what: "other nodes' pods: it has no flannel.1", fix: NO_TUNNEL };
    const mtu = end.tunnel.mtu ?? FLANNEL_MTU;
    const others = ends.filter((other) => other !== end);
    const probes = [
      ...others.flatMap(({ peer }) => probesTo(peer, end.peer.name, mtu)),
      ...servers
        .filter(({ node }) => others.some(({ peer }) => peer.name === node))
        .map(({ pod, address }) => dnsProbe(end.peer.name, pod, address)),
    ];
    for (const probe of probes) {
      if ((await end.session.run(probe.command)).code !== 0) return probe;
    }
  }
  return openDoor(ends, world);
}

const FLANNEL_MTU = 1450;
const NO_TUNNEL =
  "k3s must run there, with flannel's vxlan backend: journalctl -u k3s -u k3s-agent tells why not.";

/** What only nodes need must not answer outside. 6443 is left out: some deploys come in there, on purpose. */
const SHUT = [10_250, 2379];

/** As far as a connection from here tells; a datagram to 8472 gets no answer either way: that is judged by the firewall's rules. */
async function openDoor(ends: readonly End[], { answers }: World): Promise<Failure | null> {
  const doors = ends.flatMap(({ peer, outside }) =>
    outside.flatMap((address) => SHUT.map((port) => ({ node: peer.name, address, port }))),
  );
  const isOpen = await Promise.all(doors.map(({ address, port }) => answers(address, port)));
  const open = doors[isOpen.indexOf(true)];
  return open === undefined
    ? null
    : {
        from: "outside",
        what: `a node that keeps to itself: TCP ${open.port} of ${open.node} answers here, at ${open.address}`,
        fix: "outgrow audit names the rule that lets it in.",
      };
}

interface End {
  /** The host's addresses in the internet. */
  readonly outside: readonly string[];
  readonly session: HostSession;
  readonly peer: Peer;
  readonly tunnel: HostAddress | undefined;
}

async function endOf({ name, host, address }: Params["nodes"][number], world: World): Promise<End> {
  const session = await world.host(host);
  const { script, parse } = FACTS.addresses;
  const addresses = parse(await mustRun(session, { words: ["sh", "-c", script], effect: "reads" }));
  const on = (device: string) =>
    addresses.find((each) => each.interface === device && !each.address.includes(":"));
  const tunnel = on("flannel.1");
  const { code } = await session.run({
    words: ["test", "-e", "/var/lib/rancher/k3s/server"],
    effect: "reads",
  });
  const inside = (on("cni0") ?? tunnel)?.address ?? "";
  const outside = addresses
    .map((each) => each.address)
    .filter((each) => !each.includes(":") && !isPrivate(each));
  return { session, tunnel, outside, peer: { name, address, inside, isServer: code === 0 } };
}

/** Where flannel sends packets must be the private address, or all of the above went the public way. */
async function wrongTunnel({ nodes }: Params, world: World): Promise<Failure | null> {
  for (const { name, address } of nodes) {
    const node = await findNode(world, name);
    const tunnel = node === null ? null : tunnelAddress(node);
    if (tunnel !== null && tunnel !== address) {
      return {
        from: "every node",
        what: `${name}'s pods over the private network: flannel sends to ${tunnel}`,
        fix: `node-ip and flannel-iface of ${name} must be of the private network.`,
      };
    }
  }
  return null;
}

interface PodList {
  readonly items: readonly {
    readonly metadata: { readonly name: string };
    readonly spec: { readonly nodeName?: string };
    readonly status?: { readonly podIP?: string };
  }[];
}

async function nameServers({
  kube,
}: World): Promise<readonly { pod: string; node: string; address: string }[]> {
  const path = "/api/v1/namespaces/kube-system/pods?labelSelector=k8s-app%3Dkube-dns";
  const { items } = await ask<PodList>(kube, { method: "GET", path });
  return items.flatMap(({ metadata, spec, status }) =>
    spec.nodeName === undefined || status?.podIP === undefined
      ? []
      : [{ pod: metadata.name, node: spec.nodeName, address: status.podIP }],
  );
}
