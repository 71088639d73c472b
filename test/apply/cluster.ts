import { setTimeout as wait } from "node:timers/promises";
import type { KubeLab } from "../../lab/kube/lab.ts";
import type { World } from "../../src/apply/world.ts";
import type { KubeApi } from "../../src/kube/api.ts";
import { connectKube } from "../../src/kube/connect.ts";
import { OutgrowError } from "../../src/model/error.ts";

export function apiOf(kube: Pick<KubeLab, "kubeconfig">): KubeApi {
  return connectKube({
    file: kube.kubeconfig,
    context: null,
    home: "/nowhere",
    timeoutMs: 5_000,
    limitBytes: 64 * 1024 * 1024,
  });
}

/** A world with a cluster and nothing else, whose clock runs `speed` times as fast as ours. */
export function clusterWorld(
  kube: KubeApi,
  options: { readonly speed?: number; readonly stopping?: AbortSignal } = {},
): World {
  const { speed = 1, stopping = new AbortController().signal } = options;
  const began = Date.now();
  const refuse = (): never => {
    throw new Error("there is no such adapter here");
  };
  return {
    kube,
    host: async () => refuse(),
    answers: async () => false,
    onlineMigration: refuse,
    secret: refuse,
    now: () => began + (Date.now() - began) * speed,
    sleep: async (duration) => {
      await wait(Math.max(2, duration / speed));
      if (stopping.aborted) throw new OutgrowError("interrupted", "Stopped.");
    },
    stopping,
    folder: "/nowhere",
  };
}
