import assert from "node:assert/strict";
import { test } from "node:test";
import { type MoveStage, startMoveStage } from "./moveStage.ts";
import { type Blow, type Verb, walk } from "./moveWalk.ts";
import { sliceOf } from "./slice.ts";

/** All of them in each phase take half an hour, and may be cut into slices; in the middle of the first copy and where writes are held is tried each time. */
const isLong = process.env.OUTGROW_LONG !== undefined;

/** So much that the first copy is still under way when it is broken off. */
const SCHEMA = `
  create table bulk (id int primary key, note text);
  insert into bulk select g, repeat(md5(g::text), 4) from generate_series(1, 350000) g;
`;

test("the whole tool, when a server is killed or its way to the host breaks while it moves a database: one of two clean worlds, and no commit lost", async (context) => {
  await walk(
    context,
    () => startMoveStage({ driver: "subscription", schema: SCHEMA }),
    () =>
      (isLong ? sliceOf(allOutages()) : SOME).map(([verb, phase, outage, way]) =>
        blow(verb, phase, outage, way),
      ),
  );
});

type Outage = keyof typeof OUTAGES;

/** Each is over when it comes back. */
const OUTAGES = {
  "the source is killed": ({ scene }: MoveStage) => killed(scene.pair.source.server),
  "the target is killed": ({ scene }: MoveStage) => killed(scene.pair.target.server),
  "the way to the host is cut": async ({ way }: MoveStage) => way.cutAll(),
  "the way to the host goes silent": async ({ way }: MoveStage) => way.stallAll(),
} as const;

async function killed(server: {
  readonly kill: () => Promise<void>;
  readonly start: () => Promise<void>;
}): Promise<void> {
  await server.kill();
  await server.start();
}

/** As the tool tells it. */
const PHASES: Readonly<Record<Verb, readonly string[]>> = {
  apply: ["prepare", "under way", "following", "ready", "fence", "prove", "verify", "arm-rollback", "open"],
  undo: ["ready", "fence", "prove", "verify", "open"],
};

type Case = readonly [verb: Verb, phase: string, outage: Outage, way: Verb];

const SOME: readonly Case[] = [
  ["apply", "under way", "the source is killed", "undo"],
  ["apply", "under way", "the target is killed", "undo"],
  ["apply", "under way", "the way to the host is cut", "undo"],
  ["apply", "under way", "the source is killed", "apply"],
  ["undo", "verify", "the target is killed", "undo"],
  ["apply", "under way", "the target is killed", "apply"],
  ["undo", "verify", "the source is killed", "undo"],
  ["apply", "verify", "the way to the host is cut", "apply"],
];

function allOutages(): readonly Case[] {
  return (["apply", "undo"] as const).flatMap((verb) =>
    PHASES[verb].flatMap((phase) =>
      (Object.keys(OUTAGES) as Outage[]).flatMap((outage) =>
        (["undo", "apply"] as const).map((way) => [verb, phase, outage, way] as const),
      ),
    ),
  );
}

function blow(verb: Verb, phase: string, outage: Outage, way: Verb): Blow {
  return {
    verb,
    way,
    what: `${verb}, ${phase}: ${outage}, then ${way}`,
    strike: async (stage) => {
      let strike: Promise<void> | null = null;
      const { signal, stdout } = await stage.run(verb, 0, (news) => {
        if (news.includes(phase)) strike ??= OUTAGES[outage](stage);
      });
      assert.equal(signal, null, `${verb} hung`);
      assert.ok(strike !== null, `${verb} never said ${phase}`);
      await strike;
      const { outcome } = JSON.parse(stdout || "{}");
      return outcome?.failure?.code ?? outcome?.kind ?? "died";
    },
  };
}
