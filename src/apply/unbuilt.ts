import { OutgrowError } from "../model/error.ts";
import type { StepKind } from "../model/step.ts";
import type { StepHandler } from "./stepKind.ts";

/** A kind that can be planned but not yet carried out: it says so before anything is touched. */
export function unbuilt<K extends StepKind>(kind: K): StepHandler<K> {
  const why = `This version cannot carry out ${kind} yet.`;
  const refuse = async (): Promise<never> => {
    throw new OutgrowError("internal", why);
  };
  return {
    describe: () => "not carried out by this version",
    probe: async () => ({ state: "blocked", why, fix: "Use a newer outgrow." }),
    run: refuse,
    verify: refuse,
    undo: refuse,
  };
}
