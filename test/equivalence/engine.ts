import { STATE_NUMBERS } from "../../src/compile/names.ts";
import type { Judgement } from "../../src/model/decision.ts";
import type { History } from "../../src/model/history.ts";
import type { EpochMs } from "../../src/model/time.ts";
import { decide } from "../../src/trigger/decide.ts";
import { isKnown, UNKNOWN } from "../../src/trigger/judge.ts";
import { replay } from "../../src/trigger/replay.ts";
import type { World } from "./world.ts";

/** What the engine says at every instant, in the numbers of the compiled rules. */
export interface EngineAnswers {
  readonly states: readonly number[];
  readonly open: readonly number[];
  /** Per signal and instant; `NaN`: unknown. */
  readonly levels: readonly (readonly number[])[];
  /** `signal level` → the instants at which it was sustained there. */
  readonly sustained: ReadonlyMap<string, readonly EpochMs[]>;
}

export function engineAnswers({ rule, instruments }: World, history: History): EngineAnswers {
  const readers = instruments.map((instrument) => ({ id: instrument.signal.id, instrument }));
  const states: number[] = [];
  const open: number[] = [];
  const levels: number[][] = instruments.map(() => []);
  const sustained = new Map<string, EpochMs[]>();
  replay(rule.trigger, readers, history, (at, state, observations) => {
    const decision = decide(rule, state);
    states.push(STATE_NUMBERS[decision.state]);
    open.push(decision.inHours ? 1 : 0);
    observations.forEach((observation, index) => {
      levels[index]?.push(levelOf(observation === "failed" ? UNKNOWN : observation));
    });
    for (const { signal, level } of decision.sustained) {
      const reached = level === "act" ? ["act", "watch"] : ["watch"];
      for (const each of reached) {
        const key = `${signal} ${each}`;
        sustained.set(key, [...(sustained.get(key) ?? []), at]);
      }
    }
  });
  return { states, open, levels, sustained };
}

function levelOf(judgement: Judgement): number {
  if (!isKnown(judgement)) return Number.NaN;
  if (judgement.act === "yes") return 2;
  return judgement.watch === "yes" ? 1 : 0;
}
