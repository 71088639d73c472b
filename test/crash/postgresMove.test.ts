import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { deathOf } from "../../lab/crash/boundaries.ts";
import { type Driver, type MoveStage, startMoveStage } from "./moveStage.ts";
import { type Blow, type Straight, type Verb, walk } from "./moveWalk.ts";
import { sliceOf } from "./slice.ts";

/**
 * Every boundary takes an hour for each driver; one of each kind of crash, spread over all of it, is tried each time. The long
 * proof may be cut into slices: one driver, and some of the states of the world.
 */
const isLong = process.env.OUTGROW_LONG !== undefined;
const DRIVERS: readonly Driver[] = ["subscription", "provider", "offline"];
const ONLY = process.env.OUTGROW_CRASH_DRIVER;

describe("the whole tool, killed while it moves a database", () => {
  for (const driver of DRIVERS.filter((each) => ONLY === undefined || each === ONLY)) {
    test(`${driver}: at any journal write, statement, write to the cluster or command of a host, or word to the provider: one of two clean worlds, and no commit lost`, async (context) => {
      await walk(
        context,
        () => startMoveStage({ driver, schema: SCHEMA }),
        (straight) => {
          const { apply, undo } = straight.boundaries;
          assert.ok(apply.length > 60, `only ${apply.length} boundaries`);
          const counts = [apply, undo, states(apply), states(undo)].map(({ length }) => length);
          context.diagnostic(`boundaries of apply and undo, states of the world: ${counts}`);
          return isLong ? allCrashes(straight) : someCrashes(driver, straight);
        },
      );
    });
  }
});

const SCHEMA = `
  create table things (id int primary key, name text);
  insert into things select g, 'thing ' || g from generate_series(1, 500) g;
  create index things_name on things (name);
`;

function crash(verb: Verb, at: number, way: Verb): Blow {
  return {
    verb,
    way,
    what: `${verb} killed at ${at}, then ${way}`,
    strike: async (stage: MoveStage) => {
      const { signal, stderr } = await stage.run(verb, at);
      assert.ok(signal === null || signal === "SIGKILL", `${verb} hung: ${stderr.slice(-2_000)}`);
      return signal === null ? null : deathOf(stderr);
    },
  };
}

function allCrashes({ boundaries }: Straight): readonly Blow[] {
  return (["apply", "undo"] as const).flatMap((verb) => {
    const meant = sliceOf(states(boundaries[verb]));
    // First the way that comes back to where it began.
    const ways = verb === "apply" ? (["undo", "apply"] as const) : (["apply", "undo"] as const);
    return meant.flatMap((at) => ways.map((way) => crash(verb, at, way)));
  });
}

/**
 * The boundaries at which the world is another than at the one before: after a deed and before the next one it is the
 * same. Numbered from 1, as they are passed.
 */
function states(names: readonly string[]): readonly number[] {
  const isSame = (name: string, next: string | undefined) =>
    name.startsWith("after ") && next?.startsWith("before ") === true;
  return names.flatMap((name, index) => (isSame(name, names[index + 1]) ? [] : [1 + index]));
}

function someCrashes(driver: Driver, { boundaries }: Straight): readonly Blow[] {
  return SAMPLES[driver].map(([verb, where, way]) =>
    typeof where === "string"
      ? namedCrash(verb, where, way)
      : crash(verb, Math.ceil(boundaries[verb].length * where), way),
  );
}

/** By its name, for its number is not the same from run to run. */
function namedCrash(verb: Verb, name: string, way: Verb): Blow {
  return {
    verb,
    way,
    what: `${verb} killed ${name}, then ${way}`,
    strike: async (stage: MoveStage) => {
      const child = await stage.standing(verb, `^${name}$`);
      child.kill();
      const { signal } = await child.ended;
      return signal;
    },
  };
}

/** `where`: a share of all boundaries, or the name of one. */
type Sample = readonly [verb: Verb, where: number | string, way: Verb];

const SAMPLES: Readonly<Record<Driver, readonly Sample[]>> = {
  subscription: [
    ["apply", 0.4, "undo"],
    ["apply", 0.7, "apply"],
    // Where a way home was begun and writes were not held yet: it once left a slot behind.
    ["undo", 0.25, "apply"],
    ["undo", 0.6, "undo"],
  ],
  provider: [
    ["apply", "after the provider's start", "undo"],
    ["apply", "after the provider's stop", "apply"],
  ],
  offline: [
    ["apply", 0.5, "undo"],
    ["apply", 0.6, "apply"],
    ["undo", 0.5, "undo"],
  ],
};
