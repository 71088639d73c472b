import { HANDLERS } from "../apply/handlers.ts";
import type { StepHandler } from "../apply/stepKind.ts";
import { formatDuration } from "../model/format.ts";
import { formatCents } from "../model/money.ts";
import type { Plan } from "../model/plan.ts";
import { HAZARDS, type Hazard, type Step, type StepKind, type UndoPolicy } from "../model/step.ts";
import { layOut } from "./columns.ts";
import type { Paint } from "./paint.ts";

/** The terminal form of a plan: what it comes to, each step, what stays, and what to say next. */
export function planText(plan: Plan, paint: Paint, file: string | null): string {
  if (plan.steps.length === 0) return `${plan.cluster} is as it is meant to be: nothing to do.\n`;
  return [heading(plan), "", ...stepTable(plan.steps, paint), "", ...remarks(plan, paint, file), ""].join(
    "\n",
  );
}

function heading({ cluster, steps, money, basis }: Plan): string {
  const parts = [
    titleOf(steps),
    cluster,
    steps.length === 1 ? "1 step" : `${steps.length} steps`,
    `about ${formatDuration(sum(steps.map(({ durationMs }) => durationMs)))}`,
    pauseOf(steps),
    moneyOf(money),
    `basis ${basis.hash.slice(0, 6)}`,
  ];
  return parts.filter((part) => part !== null).join(" · ");
}

function titleOf(steps: readonly Step[]): string {
  const joins = steps.filter(({ kind }) => kind === "node-join").length;
  if (joins === 0) return "What is left to do";
  return joins === 1 ? "One host to two" : `${joins} hosts more`;
}

function pauseOf(steps: readonly Step[]): string {
  const pause = sum(steps.map(({ pauseMs }) => pauseMs));
  return pause === 0 ? "no pause" : `a pause of about ${formatDuration(pause)}`;
}

function moneyOf({ nowMonthlyCents, thenMonthlyCents }: Plan["money"]): string | null {
  if (nowMonthlyCents === null || thenMonthlyCents === null) return null;
  return `${formatCents(nowMonthlyCents)} → ${formatCents(thenMonthlyCents)}/mo`;
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, each) => total + each, 0);
}

function stepTable(steps: readonly Step[], paint: Paint): readonly string[] {
  const rows = steps.map((step, index) => [
    String(index + 1).padStart(4),
    paint("bold", step.id),
    costOf(step),
    undoText(step.undo),
    describe(step),
  ]);
  // What it does comes last: it may be long, and nothing stands behind it to be pushed away.
  return layOut(rows, ["right", "left", "left", "left", "left"]);
}

/** The table of kinds holds a handler for each; the compiler sees only that it is one of them. */
export function describe(step: Step): string {
  return (HANDLERS[step.kind] as StepHandler<StepKind>).describe(step);
}

function costOf({ pauseMs, monthlyCents }: Step): string {
  const parts = [
    ...(pauseMs === 0 ? [] : [`pause ~${formatDuration(pauseMs)}`]),
    ...(monthlyCents === 0 ? [] : [`+${formatCents(monthlyCents)}/mo`]),
  ];
  return parts.join(", ");
}

function undoText(undo: UndoPolicy): string {
  switch (undo.kind) {
    case "none":
      return "–";
    case "always":
      return "undo";
    case "never":
      return "no way back";
    case "for":
      return `undo for ${formatDuration(undo.durationMs)}${undo.remark === null ? "" : `, ${undo.remark}`}`;
  }
}

function remarks(plan: Plan, paint: Paint, file: string | null): readonly string[] {
  const hazards = hazardsOf(plan.steps);
  return [
    `  Stays single: ${plan.staysSingle.join(", ")}.`,
    ...(plan.staysAsItIs.length === 0 ? [] : [`  Stays as it is: ${plan.staysAsItIs.join(", ")}.`]),
    ...plan.steps.flatMap(({ id, reason }) => (reason === undefined ? [] : [`  ${id}: ${reason}.`])),
    ...plan.steps.flatMap(wayBackOf),
    ...hazards.map((hazard) => `  ${paint("yellow", hazard)}: ${HAZARDS[hazard]}.`),
    file === null
      ? `  Next: outgrow plan --out plan.json, then ${applyCommand("plan.json", hazards)}`
      : `  Next: ${applyCommand(file, hazards)}`,
  ];
}

/** A way back that stands for a time only is given up by hand: it holds something on other servers. */
function wayBackOf({ id, undo }: Step): readonly string[] {
  if (undo.kind !== "for") return [];
  return [
    `  ${id}: outgrow undo takes it back for ${formatDuration(undo.durationMs)}; then outgrow finish gives that up, and takes away what stood for it.`,
  ];
}

export function hazardsOf(steps: readonly Step[]): readonly Hazard[] {
  return [...new Set(steps.flatMap(({ hazards }) => hazards))];
}

/** What to type, with the word that is asked for. */
export function applyCommand(file: string | null, hazards: readonly Hazard[]): string {
  const words = ["outgrow apply", ...(file === null ? [] : [file])];
  return [...words, ...(hazards.length === 0 ? [] : [`--allow ${hazards.join(",")}`])].join(" ");
}
