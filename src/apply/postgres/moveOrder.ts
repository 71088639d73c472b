import { HOUR, MINUTE, type Millis } from "../../model/time.ts";
import { openDatabase } from "../../postgres/database.ts";
import type { Endpoint } from "../../postgres/endpoint.ts";
import type { MoveNews } from "../../postgres/move/news.ts";
import type { MigrationOrder, MoveOrder, TargetOrder } from "../../postgres/move/order.ts";
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
  const { params, world, say } = move;
  const parts = switchParts(move);
  return {
    ...targetOrder(move, target.admin),
    ...migrationOrder(move),
    source,
    target,
    canReturn: params.canReturn,
    demand: params.demand,
    holdLimitMs: params.holdLimitMs,
    homeHoldLimitMs: params.homeHoldLimitMs ?? params.holdLimitMs,
    copyLimitMs: COPY_LIMIT,
    application: {
      pointAt: (side) => (side === "target" ? switchToTarget(parts) : switchToSource(parts)),
    },
    shell,
    tell: (news) => tell(news, say),
    now: world.now,
  };
}

/** The new server's part alone. */
export function targetOrder({ params, attempt }: BegunMove, admin: Endpoint): TargetOrder {
  const { database, driver } = params;
  return { id: attempt, database, driver, target: { admin }, connect: openDatabase };
}

export function migrationOrder({ params, world }: BegunMove): MigrationOrder {
  const { database, driver, onlineMigration } = params;
  return {
    database,
    driver,
    onlineMigration: onlineMigration === undefined ? null : world.onlineMigration(onlineMigration),
    stallLimitMs: STALL_LIMIT,
  };
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
