import { read, type Stored } from "../object.ts";
import { timeText, type World } from "../world.ts";

interface Condition {
  readonly type: string;
  readonly status: string;
  readonly reason: string;
  readonly message: string;
  readonly lastUpdateTime?: string;
  readonly lastTransitionTime?: string;
}

/** The conditions with one set: its times move only when what it says does. The newest change stands last. */
export function withCondition(
  world: World,
  conditions: readonly Condition[],
  wanted: Omit<Condition, "lastUpdateTime" | "lastTransitionTime">,
): readonly Condition[] {
  const last = conditions.find(({ type }) => type === wanted.type);
  const isSame =
    last?.status === wanted.status && last.reason === wanted.reason && last.message === wanted.message;
  if (isSame) return conditions;
  const now = timeText(world.now());
  const lastTransitionTime = last?.status === wanted.status ? (last.lastTransitionTime ?? now) : now;
  const { type, status, ...rest } = wanted;
  const changed = { type, status, lastUpdateTime: now, lastTransitionTime, ...rest };
  return [...conditions.filter((each) => each.type !== wanted.type), changed];
}

export function conditionsOf(object: Stored): readonly Condition[] {
  return read<readonly Condition[]>(object, "status", "conditions") ?? [];
}
