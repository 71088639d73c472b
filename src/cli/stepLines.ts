import { formatDuration } from "../model/format.ts";
import type { EpochMs } from "../model/time.ts";
import { cutAt, layOut, shortened, widthOf } from "./columns.ts";
import type { Paint } from "./paint.ts";
import type { ListedStep, StepList } from "./stepList.ts";

/** Where a list is drawn, and when. `frame` turns the spinner. */
export interface Drawing {
  readonly now: EpochMs;
  readonly frame: number;
  readonly columns: number;
  readonly rows: number;
}

/** The list as it stands at an instant, one line a step, none wider than the terminal and no more of them than it has rows. */
export function stepLines(
  list: StepList,
  { now, frame, columns, rows: room }: Drawing,
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
  const waiting = list.waitingFor === null ? [] : [waits(list.waitingFor, columns, paint)];
  return [...around(lines, currentOf(list), room - waiting.length), ...waiting];
}

/** Where something goes on: it must be seen. */
function currentOf({ steps }: StepList): number {
  const index = steps.findIndex(({ state }) => state === "running" || state === "failed");
  return index < 0 ? steps.findIndex(({ state }) => state === "waiting") : index;
}

/** As many lines as there is room for; those left out at either end are counted in a line in their place. */
function around(lines: readonly string[], current: number, room: number): readonly string[] {
  if (lines.length <= room) return lines;
  if (room < LEAST_ROWS) return lines.slice(Math.max(0, current)).slice(0, Math.max(1, room));
  const seen = room - 2;
  const from = Math.min(Math.max(0, current - Math.floor(seen / 2)), lines.length - seen);
  // One that is left out alone would need as much room as it takes.
  const first = from <= 1 ? 0 : from;
  const last = from + seen >= lines.length - 1 ? lines.length : from + seen;
  return [...counted("↑", first), ...lines.slice(first, last), ...counted("↓", lines.length - last)];
}

/** One line between two that count. */
const LEAST_ROWS = 3;

function counted(arrow: string, steps: number): readonly string[] {
  return steps === 0 ? [] : [` ${arrow}  ${steps} more`];
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
      return step.tookMs === null ? "by an earlier run" : formatDuration(step.tookMs);
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
