import { HOUR, MINUTE, type Millis } from "../../model/time.ts";
import { openDatabase } from "../../postgres/database.ts";
import type { Endpoint } from "../../postgres/endpoint.ts";
import type { MoveNews } from "../../postgres/move/news.ts";
import type { MoveOrder, TargetOrder } from "../../postgres/move/order.ts";
import type { StepTask } from "../stepKind.ts";
import { switchToSource, switchToTarget } from "./application.ts";
import type { Reach } from "./reach.ts";
import type { SwitchParts } from "./switchParts.ts";

/** A move that was begun: its attempt is the name of all that it leaves. */
export type BegunMove = Pick<StepTask<"postgres-move">, "params" | "attempt" | "world" | "say">;

const COPY_LIMIT: Millis = 12 * HOUR;
const STALL_LIMIT: Millis = MINUTE;

/** What the engine is told, with both servers as they are reached now. */
export function moveOrder(move: BegunMove, { source, target, shell }: Reach): MoveOrder {
  const { params, attempt, world, say } = move;
  const parts = switchParts(move);
  return {
    id: attempt,
    database: params.database,
    source,
    target,
    driver: params.driver,
    onlineMigration:
      params.onlineMigration === undefined ? null : world.onlineMigration(params.onlineMigration),
    canReturn: params.canReturn,
    demand: params.demand,
    holdLimitMs: params.holdLimitMs,
    homeHoldLimitMs: params.homeHoldLimitMs ?? params.holdLimitMs,
    copyLimitMs: COPY_LIMIT,
    stallLimitMs: STALL_LIMIT,
    application: {
      pointAt: (side) => (side === "target" ? switchToTarget(parts) : switchToSource(parts)),
    },
    shell,
    connect: openDatabase,
    tell: (news) => tell(news, say),
    now: world.now,
  };
}

/** The new server's part alone. */
export function targetOrder({ params, attempt }: BegunMove, admin: Endpoint): TargetOrder {
  return { id: attempt, database: params.database, target: { admin }, connect: openDatabase };
}

export function switchParts({ params, attempt, world, say }: BegunMove): SwitchParts {
  const { source, target, application } = params;
  return { source, target, attempt, places: application, world, say };
}

function tell(news: MoveNews, say: BegunMove["say"]): void {
  if (news.kind === "phase") say(news.phase);
  else if (news.kind === "progress") say(news.text, news.share ?? undefined, news.tables);
  else say(`${news.phase}: ${Math.round(news.tookMs)} ms`);
}
