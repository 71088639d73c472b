import { renameSync, writeFileSync } from "node:fs";

/** Whole or not at all: clients read it at any moment. */
export function tell(configFile: string, side: "source" | "target"): void {
  const next = `${configFile}.${process.pid}`;
  writeFileSync(next, side);
  renameSync(next, configFile);
}
