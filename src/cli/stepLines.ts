import { formatDuration } from "../model/format.ts";
import type { EpochMs } from "../model/time.ts";
import { layOut } from "./columns.ts";
import type { Paint } from "./paint.ts";
import type { ListedStep, StepList } from "./stepList.ts";

/** The list as it stands at an instant, one line a step; `frame` turns the spinner. */
export function stepLines(list: StepList, now: EpochMs, frame: number, paint: Paint): readonly string[] {
  const rows = list.steps.map((step, index) => [
    markOf(step, frame, paint),
    String(index + 1),
    step.id,
    told(step, now),
  ]);
  const waiting = list.waitingFor === null ? [] : [paint("yellow", `    waits for ${list.waitingFor}`)];
  return [...layOut(rows, ["left", "right", "left", "left"]).map((line) => ` ${line}`), ...waiting];
}

const SPINNER = [..."⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏"];

function markOf({ state }: ListedStep, frame: number, paint: Paint): string {
  switch (state) {
    case "waiting":
      return paint("dim", "·");
    case "running":
      return paint("cyan", SPINNER[frame % SPINNER.length] ?? "");
    case "done":
      return paint("green", "✔");
    case "found":
      return paint("green", "=");
    case "undone":
      return paint("green", "↶");
    case "failed":
      return paint("red", "✖");
  }
}

function told(step: ListedStep, now: EpochMs): string {
  switch (step.state) {
    case "waiting":
      return "";
    case "found":
      return "was so already";
    case "running":
      return [step.text, barOf(step), elapsed(step, now)].filter((part) => part !== "").join(" · ");
    case "failed":
      return step.text;
    default:
      return formatDuration(step.tookMs ?? 0);
  }
}

const WIDTH = 16;

function barOf({ share }: ListedStep): string {
  if (share === null) return "";
  const filled = Math.round(WIDTH * Math.min(1, Math.max(0, share)));
  return `${"█".repeat(filled)}${"░".repeat(WIDTH - filled)} ${Math.round(share * 100)} %`;
}

function elapsed({ since, expectedMs }: ListedStep, now: EpochMs): string {
  return `${formatDuration(now - (since ?? now))} of about ${formatDuration(expectedMs)}`;
}
