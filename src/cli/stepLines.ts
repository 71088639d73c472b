import { formatDuration } from "../model/format.ts";
import type { EpochMs } from "../model/time.ts";
import { cutAt, layOut, shortened, widthOf } from "./columns.ts";
import type { Paint } from "./paint.ts";
import type { ListedStep, StepList } from "./stepList.ts";

/** The list as it stands at an instant, one line a step, none wider than the terminal; `frame` turns the spinner. */
export function stepLines(
  list: StepList,
  { now, frame, columns }: { readonly now: EpochMs; readonly frame: number; readonly columns: number },
  paint: Paint,
): readonly string[] {
  const rows = list.steps.map((step, index) => [markOf(step, frame, paint), String(index + 1), step.id]);
  const heads = layOut(rows, ["left", "right", "left"]);
  const taken = Math.max(0, ...heads.map(widthOf));
  const lines = heads.map((head, index) => {
    const step = list.steps[index];
    const text = step === undefined ? "" : told(step, now, columns - taken - MARGIN.length - GAP.length);
    return cutAt(`${MARGIN}${text === "" ? head : padded(head, taken) + GAP + text}`, columns);
  });
  return list.waitingFor === null ? lines : [...lines, waits(list.waitingFor, columns, paint)];
}

const MARGIN = " ";
const GAP = "  ";

function padded(head: string, width: number): string {
  return head + " ".repeat(width - widthOf(head));
}

/** A line that wraps would be counted as one, and leave its other half behind at the next drawing. */
function waits(what: string, columns: number, paint: Paint): string {
  const indent = "    ";
  return paint("yellow", indent + shortened(`waits for ${inOneLine(what)}`, columns - indent.length));
}

function inOneLine(text: string): string {
  return text.replaceAll(/\s+/g, " ");
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

function told(step: ListedStep, now: EpochMs, room: number): string {
  switch (step.state) {
    case "waiting":
      return "";
    case "found":
      return "was so already";
    case "running":
      return running(step, now, room);
    case "failed":
      return shortened(inOneLine(step.text), room);
    default:
      return formatDuration(step.tookMs ?? 0);
  }
}

/** Where there is no room for all of it, what it says of itself is shortened, then the bar goes; how far it is in time stays. */
function running(step: ListedStep, now: EpochMs, room: number): string {
  const joined = (...parts: readonly string[]) => parts.filter((part) => part !== "").join(" · ");
  const [text, bar, time] = [inOneLine(step.text), barOf(step), elapsed(step, now)];
  for (const facts of [joined(bar, time), time]) {
    const left = room - widthOf(facts) - SEPARATOR;
    if (text === "" && left >= -SEPARATOR) return facts;
    if (left >= Math.min(LEAST, widthOf(text))) return joined(shortened(text, left), facts);
  }
  return time;
}

const SEPARATOR = 3;
/** Fewer letters of a sentence say nothing. */
const LEAST = 16;

const WIDTH = 16;

function barOf({ share }: ListedStep): string {
  if (share === null) return "";
  const filled = Math.round(WIDTH * Math.min(1, Math.max(0, share)));
  return `${"█".repeat(filled)}${"░".repeat(WIDTH - filled)} ${Math.round(share * 100)} %`;
}

function elapsed({ since, expectedMs }: ListedStep, now: EpochMs): string {
  return `${formatDuration(now - (since ?? now))} of about ${formatDuration(expectedMs)}`;
}
