import type { ClusterLab } from "../../lab/hosts/cluster.ts";
import { equipOperator } from "../../lab/hosts/operator.ts";
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

export function commandLineFor(lab: ClusterLab, folder: string, more: object = {}): CommandLine {
  const { configFile, env } = equipOperator(lab, folder, more);
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
      Object.assign(process.env, env);
      try {
        const io = { stdout: stream("stdout"), stderr: stream("stderr"), env: process.env, now: Date.now };
        const code = await main([...argv, "--config", configFile], io);
        return { code, ...said };
      } finally {
        process.env.PATH = before;
      }
    },
  };
}
