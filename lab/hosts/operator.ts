import { chmodSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { stringify } from "yaml";
import type { ClusterLab } from "./cluster.ts";

/** What someone who looks after the laboratory's cluster has on their machine. */
export interface Operator {
  /** `outgrow.yaml`, about this laboratory. */
  readonly configFile: string;
  /** People's ~/.ssh/config knows their hosts; the laboratory's lies elsewhere, so their `ssh` is told where. */
  readonly env: Readonly<Record<string, string>>;
}

/** Writes it into a folder; `more` is added to the configuration. */
export function equipOperator(lab: ClusterLab, folder: string, more: object = {}): Operator {
  const ssh = join(folder, "ssh");
  writeFileSync(ssh, `#!/bin/sh\nexec /usr/bin/ssh -F ${lab.sshConfigFile} "$@"\n`);
  chmodSync(ssh, 0o755);
  const configFile = join(folder, "outgrow.yaml");
  writeFileSync(configFile, stringify({ ...configOf(lab), ...more }));
  return { configFile, env: { PATH: `${folder}:${process.env.PATH ?? ""}` } };
}

function configOf({ prod, worker, kubeconfig }: ClusterLab): object {
  const host = (role: string, { name, privateAddress }: ClusterLab["prod"]) => ({
    [name]: { role, ssh: name, privateAddress },
  });
  return {
    version: 1,
    cluster: { name: "glaze", kubeconfig },
    metrics: { prometheus: { url: "http://127.0.0.1:9", timeout: "1s" } },
    hosts: host("server", prod),
    target: { hosts: host("agent", worker), postgres: "stay", redis: "stay" },
  };
}
