import { chmodSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { stringify } from "yaml";
import type { ClusterLab } from "../../lab/hosts/cluster.ts";
import { main } from "../../src/cli/main.ts";

/** `outgrow` as the founders of Glaze would call it, on the laboratory's two hosts. */
export interface CommandLine {
  readonly folder: string;
  run(...argv: readonly string[]): Promise<Said>;
}

export interface Said {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

export function commandLineFor(lab: ClusterLab, folder: string): CommandLine {
  // People's ~/.ssh/config knows their hosts; the laboratory's lies elsewhere, and ssh looks nowhere else by itself.
  writeFileSync(join(folder, "ssh"), `#!/bin/sh\nexec /usr/bin/ssh -F ${lab.sshConfigFile} "$@"\n`);
  chmodSync(join(folder, "ssh"), 0o755);
  writeFileSync(join(folder, "outgrow.yaml"), stringify(configOf(lab)));
  return {
    folder,
    run: async (...argv) => {
      const said = { stdout: "", stderr: "" };
      const stream = (name: keyof typeof said) => ({
        write: (text: string) => {
          said[name] += text;
        },
        isTerminal: false,
        hasColors: false,
        columns: 120,
      });
      const before = process.env.PATH;
      process.env.PATH = `${folder}:${before}`;
      try {
        const io = { stdout: stream("stdout"), stderr: stream("stderr"), env: process.env, now: Date.now };
        const code = await main([...argv, "--config", join(folder, "outgrow.yaml")], io);
        return { code, ...said };
      } finally {
        process.env.PATH = before;
      }
    },
  };
}

function configOf({ prod, worker, kubeconfig }: ClusterLab): unknown {
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
