import type { Resolved } from "./reference.ts";
import type { Backup } from "./steps/backup.ts";
import type { FirewallOpen } from "./steps/firewall-open.ts";
import type { K3sConfig } from "./steps/k3s-config.ts";
import type { NetworkVerify } from "./steps/network-verify.ts";
import type { NodeAddress } from "./steps/node-address.ts";
import type { NodeJoin } from "./steps/node-join.ts";
import type { NodeOpen } from "./steps/node-open.ts";
import type { NodePrepare } from "./steps/node-prepare.ts";
import type { PostgresFinish } from "./steps/postgres-finish.ts";
import type { PostgresMove } from "./steps/postgres-move.ts";
import type { VolumesRetain } from "./steps/volumes-retain.ts";
import type { Millis } from "./time.ts";

/**
 * Every kind of step, with the three values each kind defines: `params` say the end and never the
 * start, so that they are the same whenever the plan is made; `before` is what undo needs to know of
 * the start, kept in the journal before the deed; `outputs` are what later steps may refer to, and
 * can be read off the world again at any time. All three are plain JSON without secrets.
 */
export interface StepKinds {
  readonly "volumes-retain": VolumesRetain;
  readonly backup: Backup;
  readonly "node-address": NodeAddress;
  readonly "firewall-open": FirewallOpen;
  readonly "k3s-config": K3sConfig;
  readonly "node-prepare": NodePrepare;
  readonly "node-join": NodeJoin;
  readonly "network-verify": NetworkVerify;
  readonly "node-open": NodeOpen;
  readonly "postgres-move": PostgresMove;
  readonly "postgres-finish": PostgresFinish;
}

export type StepKind = keyof StepKinds;

/** One step of a plan, of any kind. */
export type Step = { readonly [K in StepKind]: StepOf<K> }[StepKind];

export interface StepOf<K extends StepKind> {
  /** Stable from plan to plan: `volumes-retain`, `node-join/glaze-worker-1`. */
  readonly id: string;
  readonly kind: K;
  /** The ids of steps that must be done before. */
  readonly needs: readonly string[];
  readonly hazards: readonly Hazard[];
  /** How long something that users reach is expected not to answer; 0: not at all. */
  readonly pauseMs: Millis;
  /** How long the step is expected to take. */
  readonly durationMs: Millis;
  /** What it adds to the bill each month, in US cents. */
  readonly monthlyCents: number;
  readonly undo: UndoPolicy;
  /** Why it is done this way, where there was a choice. */
  readonly reason?: string;
  readonly params: StepKinds[K]["params"];
}

/** What a step's handler is given: outputs of earlier steps are in their places. */
export type ParamsOf<K extends StepKind> = Resolved<StepKinds[K]["params"]>;
export type BeforeOf<K extends StepKind> = StepKinds[K]["before"];
export type OutputsOf<K extends StepKind> = StepKinds[K]["outputs"];

/**
 * `none`: there is nothing to walk back. `always`: until the end of days. `for`: so long after it is done.
 * `never`: what is done is done, and undo stops behind it (hazard `point-of-no-return`).
 */
export type UndoPolicy =
  | { readonly kind: "none" }
  | { readonly kind: "always" }
  | { readonly kind: "for"; readonly durationMs: Millis; readonly remark: string | null }
  | { readonly kind: "never" };

/** What a step may cost besides money; each is agreed to by name before anything is touched. */
export const HAZARDS = {
  downtime: "something that users reach does not answer for a while",
  "data-move": "data of users changes its place",
  "deletes-data": "data is deleted",
  "point-of-no-return": "from there on undo cannot go back",
} as const;

export type Hazard = keyof typeof HAZARDS;
