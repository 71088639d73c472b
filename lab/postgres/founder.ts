import { execFileSync } from "node:child_process";
import { chmodSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { stringify } from "yaml";
import type { Operator } from "../hosts/operator.ts";
import type { KubeLab } from "../kube/lab.ts";
import type { LabFile, LabSshd } from "../sshd.ts";
import { K3S_EXEC } from "./clusterMove.ts";
import type { LabPair } from "./pair.ts";

/** What there is to be moved, and the address at which the new server reaches the host. */
export interface MoveStage {
  readonly pair: LabPair;
  readonly sshd: LabSshd;
  readonly lab: KubeLab;
  readonly address: string;
}

/** Writes the configuration of someone who moves the database of one host, `lab`, to the other server. */
export function equipFounder(folder: string, { pair, sshd, lab, address }: MoveStage): Operator {
  const ssh = join(folder, "ssh");
  writeFileSync(ssh, `#!/bin/sh\nexec /usr/bin/ssh -F ${sshd.clientConfig} "$@"\n`);
  chmodSync(ssh, 0o755);
  const ca = join(folder, "ca.crt");
  writeFileSync(ca, pair.target.admin.tls.ca ?? "");
  const { user, port } = pair.target.admin;
  const configFile = join(folder, "outgrow.yaml");
  const config = {
    version: 1,
    cluster: { name: "glaze", kubeconfig: lab.kubeconfig },
    metrics: { prometheus: { url: "http://127.0.0.1:9", timeout: "1s" } },
    postgres: { service: "default/glaze-postgres", database: "glaze" },
    hosts: { lab: { role: "server", ssh: "lab", privateAddress: address } },
    target: {
      postgres: { at: { host: "localhost", port, user, password: { env: "DATABASE_ADMIN" }, ca } },
      redis: "stay",
    },
  };
  writeFileSync(configFile, stringify(config));
  const DATABASE_ADMIN = pair.target.admin.password.reveal();
  return { configFile, env: { PATH: `${folder}:${process.env.PATH ?? ""}`, DATABASE_ADMIN } };
}

/** A host has an address of its own for the database outside to dial; this machine gets one for the while. */
export function giveAddress(address: string): Disposable {
  const change = (verb: string) => execFileSync("ip", ["address", verb, `${address}/32`, "dev", "lo"]);
  change("add");
  return { [Symbol.dispose]: () => void change("del") };
}

export const K3S_VERSION = "v1.33.4+k3s1";

/** Before `exec`: what facts and backup ask of it. */
const K3S_OTHERS = `#!/bin/sh
[ "$1" = --version ] && { echo "k3s version ${K3S_VERSION} (lab)"; exit; }
[ "$1 $2 $5" = "etcd-snapshot save --dir" ] && { echo lab >"$6/outgrow"; exit; }`;

/** What a k3s server has that `backup` keeps, and k3s's own kubectl and snapshots. */
export const K3S_HOST_FILES: Readonly<Record<string, LabFile>> = {
  "/usr/local/bin/k3s": { mode: 0o755, text: K3S_EXEC.text.replace("#!/bin/sh", K3S_OTHERS) },
  "/var/lib/rancher/k3s/server/token": "K10lab::server:lab",
  "/var/lib/rancher/k3s/server/db/etcd/name": "lab",
};
