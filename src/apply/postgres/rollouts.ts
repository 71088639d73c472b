import { rolloutReady } from "../../kube/wait.ts";
import { OutgrowError } from "../../model/error.ts";
import { MINUTE, type Millis, SECOND } from "../../model/time.ts";
import type { World } from "../world.ts";
import type { HolderName } from "./held.ts";
import { pathOf, titleOf } from "./holder.ts";

/** As long as Kubernetes itself waits before it calls a rollout stuck: https://kubernetes.io/docs/concepts/workloads/controllers/deployment/#progress-deadline-seconds */
const LIMIT: Millis = 10 * MINUTE;
const PAUSE: Millis = SECOND;

/** All of them at the same time, until no pod of an older template is left. */
export async function awaitRollouts(
  names: readonly HolderName[],
  world: Pick<World, "kube" | "now" | "sleep" | "stopping">,
  tell: (text: string) => void,
  limitMs: Millis = LIMIT,
): Promise<void> {
  const waiting = {
    limitMs,
    pauseMs: PAUSE,
    signal: world.stopping,
    tell,
    now: world.now,
    sleep: world.sleep,
  };
  await Promise.all(
    names.map(async (name) => {
      try {
        await rolloutReady(world.kube, pathOf(name), waiting);
      } catch (error) {
        throw error instanceof OutgrowError && error.code === "timeout" ? stuck(name, error) : error;
      }
    }),
  );
}

function stuck(name: HolderName, cause: OutgrowError): OutgrowError {
  const { kind, namespace } = name;
  return new OutgrowError("timeout", `${titleOf(name)} does not come up. ${cause.message}`, {
    hint: `See why: kubectl -n ${namespace} describe ${kind.toLowerCase()} ${name.name}. Then go on with outgrow apply, or back with outgrow undo.`,
    cause,
  });
}
