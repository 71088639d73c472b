import { edited, type Fields, read, type Stored, same } from "../object.ts";
import { CONTROLLERS, list, replace, timeText, type World } from "../world.ts";

interface Taint {
  readonly key: string;
  readonly effect: string;
  readonly value?: string;
  readonly timeAdded?: string;
}

/** Gives each node its pod network, and the taints that follow from its state. */
export function nodes(world: World): void {
  for (const node of list(world, "nodes")) replace(world, "nodes", node, kept(world, node), CONTROLLERS);
}

function kept(world: World, node: Stored): Stored {
  return edited(node, ({ metadata, spec }) => {
    const details = spec as Fields;
    const arch = read<string>(node, "status", "nodeInfo", "architecture") ?? "amd64";
    metadata.labels = {
      ...metadata.labels,
      "beta.kubernetes.io/arch": arch,
      "beta.kubernetes.io/os": "linux",
    };
    metadata.annotations = { ...metadata.annotations, "node.alpha.kubernetes.io/ttl": "0" };
    if (details.podCIDR === undefined) {
      details.podCIDR = freeRange(world);
      details.podCIDRs = [details.podCIDR];
    }
    const taints = wantedTaints(world, node);
    if (taints.length === 0) delete details.taints;
    else if (!same(taints, details.taints)) details.taints = taints;
  });
}

const OWN_TAINTS = ["unschedulable", "not-ready"].map((name) => `node.kubernetes.io/${name}`);

function wantedTaints(world: World, node: Stored): readonly Taint[] {
  const present = read<readonly Taint[]>(node, "spec", "taints") ?? [];
  const wanted = [
    ...(read(node, "spec", "unschedulable") === true ? [{ key: OWN_TAINTS[0], effect: "NoSchedule" }] : []),
    ...(isNodeReady(node)
      ? []
      : [
          { key: OWN_TAINTS[1], effect: "NoSchedule" },
          { key: OWN_TAINTS[1], effect: "NoExecute" },
        ]),
  ] as readonly Taint[];
  const own = wanted.map(
    (taint) =>
      present.find(({ key, effect }) => key === taint.key && effect === taint.effect) ?? {
        ...taint,
        timeAdded: timeText(world.now()),
      },
  );
  return [...present.filter(({ key }) => !OWN_TAINTS.includes(key)), ...own];
}

export function isNodeReady(node: Stored): boolean {
  const conditions = read<readonly { type: string; status: string }[]>(node, "status", "conditions") ?? [];
  return conditions.some(({ type, status }) => type === "Ready" && status === "True");
}

function freeRange(world: World): string {
  const used = new Set(list(world, "nodes").map((node) => read<string>(node, "spec", "podCIDR")));
  for (let number = 0; ; number++) {
    const range = `10.42.${number}.0/24`;
    if (!used.has(range)) return range;
  }
}
