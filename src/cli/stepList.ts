import type { ProgressEvent } from "../model/progress.ts";
import type { EpochMs, Millis } from "../model/time.ts";

/** One line of the list a run shows while it goes. */
export interface ListedStep {
  readonly id: string;
  readonly expectedMs: Millis;
  readonly state: "waiting" | "running" | "done" | "found" | "failed" | "undone";
  readonly since: EpochMs | null;
  /** `null` of one that is done: it was done by an earlier run. */
  readonly tookMs: Millis | null;
  /** What it last said of itself. */
  readonly text: string;
  readonly share: number | null;
}

export interface StepList {
  readonly steps: readonly ListedStep[];
  /** What everything waits for; `null`: nothing. */
  readonly waitingFor: string | null;
}

/** `doneIds`: what earlier runs have done of it. */
export function listOf(
  steps: readonly { readonly id: string; readonly durationMs: Millis }[],
  doneIds: readonly string[] = [],
): StepList {
  const listed = steps.map(
    ({ id, durationMs }): ListedStep => ({
      id,
      expectedMs: durationMs,
      state: doneIds.includes(id) ? "done" : "waiting",
      since: null,
      tookMs: null,
      text: "",
      share: null,
    }),
  );
  return { steps: listed, waitingFor: null };
}

/** The list after one event. */
export function advanceList(list: StepList, event: ProgressEvent): StepList {
  if (event.kind === "note") return list;
  if (event.kind === "waiting") return { ...list, waitingFor: event.for };
  const change = changeBy(event);
  const steps = list.steps.map((step) => (step.id === event.stepId ? { ...step, ...change } : step));
  return { steps, waitingFor: null };
}

function changeBy(event: Exclude<ProgressEvent, { kind: "note" | "waiting" }>): Partial<ListedStep> {
  switch (event.kind) {
    case "step-started":
    case "step-undoing":
      return { state: "running", since: Date.parse(event.at), text: "", share: null };
    case "step-news":
      return { text: withoutName(event), share: event.share };
    case "step-done":
      return { state: "done", tookMs: event.tookMs };
    case "step-found":
      return { state: "found" };
    case "step-undone":
      return { state: "undone", tookMs: event.tookMs };
    case "step-failed":
      return { state: "failed", text: event.failure.why };
  }
}

/** `node-join/glaze-worker-1` names its host already: what it says of itself need not begin with it again. */
export function withoutName({ stepId, text }: { readonly stepId: string; readonly text: string }): string {
  const name = `${stepId.slice(stepId.indexOf("/") + 1)}: `;
  return text.startsWith(name) ? text.slice(name.length) : text;
}
