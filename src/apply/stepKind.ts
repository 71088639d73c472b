import type { TableCopy } from "../model/progress.ts";
import type { BeforeOf, OutputsOf, ParamsOf, StepKind, StepOf } from "../model/step.ts";
import type { World } from "./world.ts";

/**
 * How one kind of step is done: five small functions, one file each kind in `apply/steps/`.
 * Each may be interrupted by SIGKILL anywhere; afterwards `probe` is asked what is so.
 */
export interface StepHandler<K extends StepKind> {
  /** What it does, for the plan's table: `keep the data of 2 volumes when their claims go`. Pure. */
  describe(step: StepOf<K>): string;
  /** Looks, and changes nothing. */
  probe(task: ProbeTask<K>): Promise<Probe<K>>;
  /** Does it. May assume nothing that `probe` did not say; what is half done is done to the end. */
  run(task: StepTask<K>): Promise<void>;
  /** Looks again, closer than `probe` where that pays; throws `verify` when it is not so. */
  verify(task: StepTask<K>): Promise<OutputsOf<K>>;
  /** Walks back to `before`, from wherever the step is; afterwards `probe` says to do. */
  undo(task: StepTask<K>): Promise<void>;
}

/** What the functions of a step are given. */
export interface StepTask<K extends StepKind> {
  readonly id: string;
  readonly params: ParamsOf<K>;
  /** As the first `started` of this step in the journal has it, however often it is begun again. */
  readonly before: BeforeOf<K>;
  /** Names this beginning of the step for ever, through every resumption: where a host keeps what undo needs. */
  readonly attempt: string;
  readonly world: World;
  /** Tells how far it is: `41/41 tables copied`, a share from 0 to 1 where that is known. */
  say(text: string, share?: number, tables?: readonly TableCopy[]): void;
}

/** `before` and `attempt` are `null` while the step has not been started. */
export type ProbeTask<K extends StepKind> = Omit<StepTask<K>, "before" | "attempt"> & {
  readonly before: BeforeOf<K> | null;
  readonly attempt: string | null;
  /** What it was to do when it was last begun: a later plan may want it otherwise. */
  readonly begun?: ParamsOf<K>;
};

export type Probe<K extends StepKind> =
  | { readonly state: "done"; readonly outputs: OutputsOf<K> }
  /** `before` is what undo will need; it is journalled before the deed. `why`: what is missing, where that is not plain. */
  | { readonly state: "todo"; readonly before: BeforeOf<K>; readonly why?: string }
  | { readonly state: "blocked"; readonly why: string; readonly fix: string };
