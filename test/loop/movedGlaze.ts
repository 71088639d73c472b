import assert from "node:assert/strict";
import { join } from "node:path";
import { createGlaze } from "../../lab/postgres/application.ts";
import { ownAddress } from "../../lab/postgres/clusterMove.ts";
import { equipFounder, giveAddress } from "../../lab/postgres/founder.ts";
import { tempFolder } from "../../lab/temp.ts";
import { clearTarget, type MoveLab, type MoveScene, setMoveScene } from "../apply/moveScene.ts";
import { type CommandLine, commandLineOf } from "./commandLine.ts";

/** A database that is to be moved by the command line alone. */
export interface GlazeStage extends AsyncDisposable {
  readonly scene: MoveScene;
  readonly outgrow: CommandLine;
  /** Its clock: so much later at each look. */
  readonly clock: { stepMs: number };
  /** The plan to apply. */
  readonly plan: string;
  /** Does a deed once when a run says this, and breaks the run off there if it throws. */
  when(words: RegExp, deed: () => void): void;
  /** The move as it is named on servers and in the cluster, once it has begun. */
  attempt(): Promise<string>;
}

/** `schema`: what the database holds beside the ledger. */
export async function stageGlaze(lab: MoveLab, schema = ""): Promise<GlazeStage> {
  await using kept = new AsyncDisposableStack();
  await createGlaze(lab.pair, schema);
  kept.defer(() => clearTarget(lab.pair));
  const scene = kept.use(await setMoveScene(lab));
  const address = ownAddress();
  kept.use(giveAddress(address));
  const folder = kept.use(tempFolder("moved"));
  const operator = equipFounder(folder.path, { ...lab, lab: scene.lab, address });
  const clock = { stepMs: 0 };
  let aheadMs = 0;
  const now = () => {
    aheadMs += clock.stepMs;
    return Date.now() + aheadMs;
  };
  let awaited: { readonly words: RegExp; readonly deed: () => void } | null = null;
  const hear = (text: string) => {
    if (awaited?.words.test(text) !== true) return;
    const { deed } = awaited;
    awaited = null;
    deed();
  };
  const outgrow = commandLineOf(operator, folder.path, now, hear);
  const plan = join(folder.path, "plan.json");
  await mustEnd(outgrow, "plan", "--out", plan);
  const moved = kept.move();
  return {
    scene,
    outgrow,
    clock,
    plan,
    when: (words, deed) => {
      awaited = { words, deed };
    },
    attempt: async () => {
      const admin = await lab.pair.target.superuser();
      const { rows } = await admin.query("select rolname as name from pg_roles where rolname ~ '^outgrow_'");
      await admin.end();
      return String(rows[0]?.name).replace("outgrow_", "");
    },
    [Symbol.asyncDispose]: () => moved.disposeAsync(),
  };
}

/** The same when it is moved. */
export interface MovedGlaze extends Omit<GlazeStage, "attempt"> {
  /** Of the move: what it left carries this name. */
  readonly attempt: string;
  /** What `apply --json` said, line by line; the result last. */
  readonly applied: readonly unknown[];
}

export async function moveGlaze(lab: MoveLab, schema = ""): Promise<MovedGlaze> {
  const stage = await stageGlaze(lab, schema);
  try {
    const applied = await mustEnd(stage.outgrow, "apply", stage.plan, "--json", ...FOR_MOVE);
    return { ...stage, applied: jsonLines(applied), attempt: await stage.attempt() };
  } catch (error) {
    await stage[Symbol.asyncDispose]();
    throw error;
  }
}

/** The word that a move asks for. */
export const FOR_MOVE = ["--allow", "downtime,data-move"];

async function mustEnd(outgrow: CommandLine, ...argv: readonly string[]): Promise<string> {
  const { code, stdout, stderr } = await outgrow.run(...argv);
  assert.equal(code, 0, `${argv.join(" ")}: ${stdout}${stderr}`);
  return stdout;
}

function jsonLines(text: string): readonly unknown[] {
  return text
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line));
}
