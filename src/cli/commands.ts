import type { CommandEntry } from "./command.ts";

/** Every verb, in the order a user meets them. */
export const COMMANDS: readonly CommandEntry[] = [
  {
    name: "init",
    summary: "writes outgrow.yaml from what it sees in the cluster and the repository",
    load: async () => (await import("./init.ts")).initCommand,
  },
  {
    name: "check",
    summary: "where each signal stands now, and the decision",
    load: async () => (await import("./check.ts")).checkCommand,
  },
  {
    name: "backtest",
    summary: "when the same rule would have fired over recorded history, and what came near",
    load: async () => (await import("./backtest.ts")).backtestCommand,
  },
  {
    name: "facts",
    summary: "everything the audit and the plan need to know, as one redacted JSON document",
    load: async () => (await import("./facts.ts")).factsCommand,
  },
  {
    name: "audit",
    summary: "what blocks or endangers a second node, each with the evidence and the exact fix",
    load: async () => (await import("./audit.ts")).auditCommand,
  },
  {
    name: "export",
    summary: "the same rule as Prometheus rules",
    load: async () => (await import("./export.ts")).exportCommand,
  },
];
