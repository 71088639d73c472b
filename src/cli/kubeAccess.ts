import { homedir } from "node:os";
import type { Config } from "../config/config.ts";
import type { KubeSettings } from "../kube/settings.ts";
import { SECOND } from "../model/time.ts";
import type { Io } from "./io.ts";

const ANSWER_BYTES = 64 * 1024 * 1024;

/** What names a cluster: a kubeconfig and a context of it, where they are said. */
export type ClusterChoice = Pick<Config["cluster"], "kubeconfig" | "context">;

/** How the cluster of a configuration is reached: its kubeconfig, else the one kubectl would take. */
export function kubeAccess({ kubeconfig, context }: ClusterChoice, { env }: Io): KubeSettings {
  return {
    file: kubeconfig ?? env.KUBECONFIG ?? "~/.kube/config",
    context,
    home: env.HOME ?? homedir(),
    timeoutMs: 30 * SECOND,
    limitBytes: ANSWER_BYTES,
  };
}
