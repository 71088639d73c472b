import type { Outcome, RunResult } from "../apply/result.ts";
import { HAZARDS, type Hazard } from "../model/step.ts";
import type { Paint } from "./paint.ts";

/** What to type to go on, as the command line knows it. */
export interface GoingOn {
  /** `outgrow apply plan.json`, without the word for hazards. */
  readonly command: string;
  readonly allowed: readonly Hazard[];
  readonly planFile: string;
  /** What of it can be taken back for a time, in sentences; then it is finished. */
  readonly openWays: readonly string[];
  /** Whether what was broken off may be taken back instead. */
  readonly canGoBack: boolean;
  /** What else there is to say when it is done, in sentences. */
  readonly remarks: readonly string[];
}

/** How a run ended, and what to do now. */
export function runText(
  { outcome, steps }: RunResult,
  going: GoingOn,
  cluster: string,
  paint: Paint,
): string {
  const done = steps.filter(({ result }) => result === "done" || result === "undone").length;
  return [...linesOf(outcome, going, cluster, done, paint), ""].join("\n");
}

function linesOf(
  outcome: Outcome,
  going: GoingOn,
  cluster: string,
  done: number,
  paint: Paint,
): readonly string[] {
  switch (outcome.kind) {
    case "done":
      return [
        paint("green", `Done: ${count(done)}.`),
        ...going.remarks.map((remark) => `  ${remark}`),
        ...waysLines(going),
      ];
    case "nothing-to-do":
      return [`${cluster} is as it is meant to be: nothing to do.`];
    case "consent":
      return [
        "Nothing was touched. It needs your word:",
        ...outcome.hazards.map((hazard) => `  ${paint("yellow", hazard)}: ${HAZARDS[hazard]}.`),
        `  Run: ${withWord(going, outcome.hazards)}`,
      ];
    case "drift":
      return [
        `The world is another one than the plan was made for${outcome.isBegun ? ", and the plan was left where it stands" : ""}:`,
        ...outcome.changes.map((change) => `  ${change}`),
        `  Make a new plan of it: outgrow plan --out ${going.planFile}`,
        `  Look at it, then: outgrow apply ${going.planFile}`,
      ];
    case "failed":
      return failedLines(outcome, going, paint);
    case "stopped":
      return [
        `Stopped at a safe point, ${count(done)} done.`,
        `  Go on: ${withWord(going, [])}`,
        ...backLines(going),
      ];
    case "unsettled":
      return [
        "Every step is done, and yet a plan made now is not empty:",
        ...outcome.stepIds.map((id) => `  ${id}`),
        "  Look at it: outgrow plan",
      ];
    case "end-of-undo":
      return [`${count(done)} taken back. ${outcome.stepId} is where the way back ends: ${outcome.why}.`];
  }
}

function waysLines({ openWays }: GoingOn): readonly string[] {
  if (openWays.length === 0) return [];
  return [
    ...openWays.map((way) => `  ${way}`),
    "  Let no migration change its schema before the way back is given up: the old server could not take such rows.",
    "  Back, with what is new: outgrow undo. When all is well, give that up: outgrow finish --allow point-of-no-return",
  ];
}

function backLines({ canGoBack }: GoingOn): readonly string[] {
  return canGoBack ? ["  Or go back: outgrow undo"] : [];
}

function failedLines(
  { stepId, failure }: Extract<Outcome, { kind: "failed" }>,
  going: GoingOn,
  paint: Paint,
): readonly string[] {
  return [
    `${paint("red", `Stopped at ${stepId}:`)} ${failure.why}`,
    ...(failure.fix === null ? [] : [`  ${paint("dim", "fix:")} ${failure.fix}`]),
    `  Then go on: ${withWord(going, [])}`,
    ...backLines(going),
  ];
}

function withWord({ command, allowed }: GoingOn, more: readonly Hazard[]): string {
  const hazards = [...new Set([...allowed, ...more])];
  return hazards.length === 0 ? command : `${command} --allow ${hazards.join(",")}`;
}

function count(steps: number): string {
  return steps === 1 ? "1 step" : `${steps} steps`;
}

/** The exit codes of `apply` and `undo` (DESIGN section 4). */
export function exitCodeOf(outcome: Outcome): number {
  switch (outcome.kind) {
    case "done":
    case "nothing-to-do":
    case "end-of-undo":
      return 0;
    case "consent":
      return 3;
    case "failed":
    case "stopped":
      return 4;
    case "drift":
      return outcome.isBegun ? 4 : 1;
    case "unsettled":
      return 1;
  }
}
