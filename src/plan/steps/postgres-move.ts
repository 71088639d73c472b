import { OutgrowError } from "../../model/error.ts";
import { formatBytes } from "../../model/format.ts";
import type { PostgresFacts } from "../../model/postgresFacts.ts";
import type { Hazard, UndoPolicy } from "../../model/step.ts";
import { DAY, type Millis } from "../../model/time.ts";
import { type PlanInput, planner } from "../planner.ts";
import { chooseDriver, type DriverChoice, holdLimit } from "../postgres/chooseDriver.ts";
import { type PlannedMove, plannedMove } from "../postgres/movePlan.ts";
import { preflight } from "../postgres/preflight.ts";

/** How long the way back with the new rows stays prepared. */
const WINDOW: Millis = DAY;

/** The database goes to a server that is there already; without one, or when nobody uses the old one, nothing is to do. */
export const postgresMove = planner({
  kind: "postgres-move",
  read: (input) => {
    const move = plannedMove(input);
    if (move === null) return null;
    const facts = factsFor(move, input);
    return { move, choice: choiceFor(move, facts), size: sizeOf(facts) };
  },
  parts: (view) => (view === null ? {} : { postgres: basisOf(view.move, view.choice) }),
  steps: (view) => {
    if (view === null) return [];
    const { move, choice, size } = view;
    return [
      {
        id: `postgres-move/${move.database}`,
        kind: "postgres-move",
        after: ["volumes-retain", "backup", "k3s-config", "node-address", "firewall-open", "node-open"],
        hazards: hazardsOf(choice),
        pauseMs: choice.pauseMs,
        durationMs: choice.durationMs,
        monthlyCents: 0,
        undo: undoOf(choice),
        reason: `${size}, ${choice.why}`,
        params: {
          ...move,
          driver: choice.driver,
          canReturn: choice.canReturn,
          holdLimitMs: holdLimit(choice.pauseMs),
          homeHoldLimitMs: holdLimit(choice.homePauseMs),
        },
      },
    ];
  },
});

function factsFor({ source }: PlannedMove, { context }: PlanInput): PostgresFacts {
  const { postgres, gaps } = context.facts;
  if (postgres !== undefined) return postgres;
  const gap = gaps.find(({ area }) => area === "postgres");
  const { namespace, name } = source.service;
  throw new OutgrowError("no-data", `The move of ${namespace}/${name} cannot be planned without its facts.`, {
    hint: gap?.message ?? "outgrow facts reads both servers where target.postgres.at is set.",
  });
}

function choiceFor({ demand, onlineMigration }: PlannedMove, facts: PostgresFacts): DriverChoice {
  return chooseDriver(facts, preflight({ ...facts, demand }), onlineMigration !== undefined);
}

/** `1.2 GB in 41 tables` */
function sizeOf({ source: { bytes, tables } }: PostgresFacts): string {
  const among = tables === undefined ? "" : ` in ${tables === 1 ? "one table" : `${tables} tables`}`;
  return `${formatBytes(bytes)}${among}`;
}

/** What changes by itself, sizes and clocks, is no part of it. */
function basisOf(move: PlannedMove, { driver, canReturn }: DriverChoice): unknown {
  return { ...move, driver, canReturn };
}

function hazardsOf({ canReturn }: DriverChoice): readonly Hazard[] {
  return ["downtime", "data-move", ...(canReturn ? [] : (["point-of-no-return"] as const))];
}

function undoOf({ canReturn }: DriverChoice): UndoPolicy {
  return canReturn ? { kind: "for", durationMs: WINDOW, remark: "with the new rows" } : { kind: "never" };
}
