import { cpSync, mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type CrashOrder, JOURNAL_FILE, PLAN_FILE } from "../../lab/crash/order.ts";
import type { Plan } from "../../src/model/plan.ts";
import { type Standing, standingOf } from "../../src/plan/standing.ts";
import { openOwnJournal } from "../../src/store/journalStore.ts";
import { type MoveScene, secretsOfScene } from "../apply/moveScene.ts";

/** Where runs that move a database keep plan and journal, each of them in a process of its own. */
export interface RunFolder {
  /** What a run is told; its plan lies there then. */
  orderFor(plan: Plan, how: OwnPart): CrashOrder;
  /** As the journal has it now. */
  standing(): Standing;
  /** What is in it now is what `load` brings back. */
  save(): void;
  load(): void;
}

type OwnPart = Omit<CrashOrder, "folder" | "kubeconfig" | "sshConfigFile" | "secretsFile">;

export function createRunFolder(folder: string, scene: MoveScene, sshConfigFile: string): RunFolder {
  const [run, saved, secretsFile] = [
    join(folder, "run"),
    join(folder, "saved"),
    join(folder, "secrets.json"),
  ];
  writeFileSync(secretsFile, JSON.stringify(secretsOfScene(scene)), { mode: 0o600 });
  mkdirSync(run);
  return {
    orderFor(plan, how) {
      writeFileSync(join(run, PLAN_FILE), JSON.stringify(plan));
      return { ...how, folder: run, kubeconfig: scene.lab.kubeconfig, sshConfigFile, secretsFile };
    },
    standing() {
      using journal = openOwnJournal(join(run, JOURNAL_FILE));
      return standingOf(journal.read());
    },
    save: () => cpSync(run, saved, { recursive: true }),
    load() {
      rmSync(run, { recursive: true });
      cpSync(saved, run, { recursive: true });
    },
  };
}
