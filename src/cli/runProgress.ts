import { formatDuration } from "../model/format.ts";
import type { ProgressEvent } from "../model/progress.ts";
import { type Millis, SECOND } from "../model/time.ts";
import type { Io, Stream } from "./io.ts";
import { paintFor } from "./paint.ts";
import { stepLines } from "./stepLines.ts";
import { advanceList, listOf, type StepList, withoutName } from "./stepList.ts";

/** Shows how a run goes: a list that redraws itself on a terminal, else a line an event. */
export interface RunProgress extends Disposable {
  /** Which steps will be told of; before that only waiting and notes are. */
  begin(...steps: Parameters<typeof listOf>): void;
  tell(event: ProgressEvent): void;
  /** A word to people between the news, on stderr. */
  say(text: string): void;
}

export function runProgress(io: Io, isJson: boolean): RunProgress {
  const say = (text: string) => io.stderr.write(`\n${text}\n`);
  if (isJson) return eachEvent((event) => io.stdout.write(`${JSON.stringify(event)}\n`), say);
  if (io.stderr.isTerminal) return liveList(io.stderr, io.now);
  return eachEvent(
    seldom((event) => io.stderr.write(plainLine(event))),
    say,
  );
}

const SELDOM: Millis = 10 * SECOND;

/** A log is read later: of figures that only grow it gets a line now and then. */
function seldom(tell: RunProgress["tell"]): RunProgress["tell"] {
  let next = 0;
  return (event) => {
    const at = Date.parse(event.at);
    const isFigure = event.kind === "step-news" && event.share !== null && event.share < 1;
    if (isFigure && at < next) return;
    next = isFigure ? at + SELDOM : 0;
    tell(event);
  };
}

function eachEvent(tell: RunProgress["tell"], say: RunProgress["say"]): RunProgress {
  return { begin: () => undefined, tell, say, [Symbol.dispose]: () => undefined };
}

/** `14:32:07  node-join/glaze-worker-1 done in 2 min` */
export function plainLine(event: ProgressEvent): string {
  return `${event.at.slice(11, 19)}  ${textOf(event)}\n`;
}

function textOf(event: ProgressEvent): string {
  switch (event.kind) {
    case "waiting":
      return `waits for ${event.for}`;
    case "note":
      return event.text;
    case "step-started":
      return `${event.stepId} begins`;
    case "step-news":
      return `${event.stepId}: ${withoutName(event)}`;
    case "step-done":
      return `${event.stepId} done in ${formatDuration(event.tookMs)}`;
    case "step-found":
      return `${event.stepId} was so already`;
    case "step-undoing":
      return `${event.stepId} is taken back`;
    case "step-undone":
      return `${event.stepId} taken back in ${formatDuration(event.tookMs)}`;
    case "step-failed":
      return `${event.stepId} failed: ${event.failure.why}`;
  }
}

const FRAME_MS = 100;

function liveList(stream: Stream, now: Io["now"]): RunProgress {
  let list: StepList = listOf([]);
  let drawn = 0;
  let frame = 0;
  let isOver = false;
  // Line over line: some terminals keep in their history what is cleared from the top of the screen.
  const over = (lines: readonly string[]) => {
    const up = drawn === 0 ? "" : `\u001b[${drawn}A`;
    const text = lines.length === 0 ? "\u001b[J" : `${lines.join("\u001b[K\n")}\u001b[J\n`;
    if (drawn > 0 || lines.length > 0) stream.write(up + text);
  };
  // What scrolls off a terminal's top is out of reach: only the last drawing, which nothing draws over, may be longer.
  const draw = (rows = stream.rows - 1, above: readonly string[] = []) => {
    const drawing = { now: now(), frame, columns: stream.columns, rows };
    const lines = stepLines(list, drawing, paintFor(stream));
    over([...above, ...lines]);
    drawn = lines.length;
    frame += 1;
  };
  // What is written between two drawings stays above the list.
  const say = (text: string) => draw(stream.rows - 1, text.split("\n"));
  const timer = setInterval(() => draw(), FRAME_MS).unref();
  return {
    begin: (...steps) => {
      list = listOf(...steps);
      draw();
    },
    tell: (event) => {
      list = advanceList(list, event);
      if (event.kind === "note") say(event.text);
      else draw();
    },
    say,
    // Once: what is written after the list must not be drawn over.
    [Symbol.dispose]: () => {
      if (isOver) return;
      isOver = true;
      clearInterval(timer);
      draw(Number.POSITIVE_INFINITY);
    },
  };
}
