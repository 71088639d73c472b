import type { Sustained } from "../model/decision.ts";
import { formatDuration } from "../model/format.ts";
import type { Relief } from "../model/signal.ts";
import type { Check, SignalStatus } from "../watch/check.ts";

/** The decision in plain words, first line first; someone who knows nothing of k3s must understand it. */
export function verdictLines(check: Check): readonly string[] {
  switch (check.decision.state) {
    case "act":
      return [
        `${countOf(atAct(check))} sustained at Act (${check.decision.atLeast} needed): ${ages(check)}`,
        relief(check),
      ];
    case "watch":
      return [
        `${countOf(check.decision.sustained)} sustained: ${ages(check)}. ${actNeeds(check)}`,
        relief(check),
      ];
    case "blind":
      return blindLines(check);
    case "ok":
      return okLines(check);
  }
}

function blindLines(check: Check): readonly string[] {
  const judged = check.signals.filter(({ level }) => level !== "unknown").length;
  return [
    `only ${judged} of ${check.signals.length} signals can be judged, and Act needs ${check.decision.atLeast}: this rule cannot warn you`,
    "What each missing signal needs is below.",
  ];
}

function okLines(check: Check): readonly string[] {
  const rising = check.signals.filter(({ level }) => level === "watch" || level === "act");
  if (rising.length === 0) return ["one host is enough: no signal is above its thresholds"];
  const names = rising.map(({ rule }) => rule.id).join(", ");
  const held = formatDuration(check.trigger.sustainedMs);
  return [
    `one host is enough: nothing has held for ${held} in usage hours`,
    `Above a threshold now: ${names}`,
  ];
}

function actNeeds({ decision }: Check): string {
  return `Act needs ${decision.atLeast} at Act`;
}

function atAct({ decision }: Check): readonly Sustained[] {
  return decision.sustained.filter(({ level }) => level === "act");
}

function countOf(list: readonly unknown[]): string {
  return list.length === 1 ? "1 signal" : `${list.length} signals`;
}

function ages({ decision }: Check): string {
  return decision.sustained
    .map(({ signal, level, since }) => {
      const remark =
        decision.state === "watch" || level === "watch" ? ` at ${level === "act" ? "Act" : "Watch"}` : "";
      return `${signal} ${formatDuration(decision.at - since)}${remark}`;
    })
    .join(", ");
}

/** "A second host relieves 1 of 2": which of the sustained signals it would help, and what helps the others. */
function relief(check: Check): string {
  const sustained = check.signals.filter(({ rule }) =>
    check.decision.sustained.some(({ signal }) => signal === rule.id),
  );
  const relieved = sustained.filter(({ rule }) => rule.relief.secondNode === "yes");
  const others = sustained.filter(({ rule }) => rule.relief.secondNode !== "yes");
  const head =
    sustained.length === 1
      ? SINGLE[(sustained[0] as SignalStatus).rule.relief.secondNode]
      : `A second host relieves ${relieved.length === sustained.length ? "all" : relieved.length} of them`;
  const remedies = others.map(({ rule }) => `for ${rule.id}, ${rule.relief.otherwise}`);
  return [head, ...remedies].join("; ");
}

const SINGLE: Readonly<Record<Relief["secondNode"], string>> = {
  yes: "A second host relieves it",
  partly: "A second host relieves it in part",
  no: "A second host does not relieve it",
};
