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
    name: "plan",
    summary: "the ordered way from one node to two: pauses, prices, and what can be undone",
    load: async () => (await import("./plan.ts")).planCommand,
  },
  {
    name: "apply",
    summary: "carries a plan out, step by step; goes on where it stopped",
    load: async () => (await import("./apply.ts")).applyCommand,
  },
  {
    name: "undo",
    summary: "walks back what apply did, to the start or to where there is no way back",
    load: async () => (await import("./undo.ts")).undoCommand,
  },
  {
    name: "finish",
    summary: "gives up the way back of what apply moved, and takes away what stood for it",
    load: async () => (await import("./finish.ts")).finishCommand,
  },
  {
    name: "export",
    summary: "the same rule as Prometheus rules",
    load: async () => (await import("./export.ts")).exportCommand,
  },
];
