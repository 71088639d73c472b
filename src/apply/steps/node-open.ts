import { ask, find, MERGE_PATCH } from "../../kube/ask.ts";
import { OutgrowError } from "../../model/error.ts";
import { JOINING_TAINT } from "../../model/steps/node-open.ts";
import type { StepHandler } from "../stepKind.ts";
import type { World } from "../world.ts";

/** Takes the joining taint off a node, and nothing else of it. */
export const nodeOpen: StepHandler<"node-open"> = {
  describe: ({ params: { node } }) => `pods may be placed on ${node}`,
  probe: async ({ params, world }) => {
    const node = await find<Node>(world.kube, pathOf(params.node));
    if (node === null) {
      return { state: "blocked", why: `There is no node ${params.node}.`, fix: "Let it join first." };
    }
    return isJoining(node) ? { state: "todo", before: {} } : { state: "done", outputs: {} };
  },
  run: async ({ params, world }) => editTaints(params.node, world, (taints) => taints.filter(isOther)),
  verify: async ({ params, world }) => {
    if (!isJoining(await nodeNamed(params.node, world))) return {};
    throw new OutgrowError("verify", `The node ${params.node} still has the taint ${JOINING_TAINT.key}.`);
  },
  undo: async ({ params, world }) =>
    editTaints(params.node, world, (taints) => [...taints.filter(isOther), JOINING_TAINT]),
};

interface Taint {
  readonly key: string;
  readonly value?: string;
  readonly effect: string;
}

interface Node {
  readonly metadata: { readonly resourceVersion: string };
  readonly spec: { readonly taints?: readonly Taint[] };
}

function isJoining({ spec }: Node): boolean {
  return (spec.taints ?? []).some((taint) => !isOther(taint));
}

function isOther({ key }: Taint): boolean {
  return key !== JOINING_TAINT.key;
}

async function nodeNamed(name: string, { kube }: World): Promise<Node> {
  return ask<Node>(kube, { method: "GET", path: pathOf(name) });
}

/** A merge patch replaces the whole list, so the version read goes with it: a taint set meanwhile is not lost. */
async function editTaints(
  name: string,
  world: World,
  edit: (taints: readonly Taint[]) => readonly Taint[],
): Promise<void> {
  const { metadata, spec } = await nodeNamed(name, world);
  await ask(world.kube, {
    method: "PATCH",
    path: pathOf(name),
    contentType: MERGE_PATCH,
    body: {
      metadata: { resourceVersion: metadata.resourceVersion },
      spec: { taints: edit(spec.taints ?? []) },
    },
  });
}

function pathOf(node: string): string {
  return `/api/v1/nodes/${node}`;
}
