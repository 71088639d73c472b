import assert from "node:assert/strict";
import { join } from "node:path";
import { createGlaze } from "../../lab/postgres/application.ts";
import { ownAddress } from "../../lab/postgres/clusterMove.ts";
import { equipFounder, giveAddress } from "../../lab/postgres/founder.ts";
import { tempFolder } from "../../lab/temp.ts";
import { clearTarget, type MoveLab, type MoveScene, setMoveScene } from "../apply/moveScene.ts";
import { type CommandLine, commandLineOf } from "./commandLine.ts";

/** A database that was moved by the command line alone, and the command line to go on with. */
export interface MovedGlaze extends AsyncDisposable {
  readonly scene: MoveScene;
  readonly outgrow: CommandLine;
  /** Of the move: what it left carries this name. */
  readonly attempt: string;
  /** What `apply --json` said, line by line; the result last. */
  readonly applied: readonly unknown[];
  /** Its clock: so much later at each look. */
  readonly clock: { stepMs: number };
}

/** `schema`: what the database holds beside the ledger. */
export async function moveGlaze(lab: MoveLab, schema = ""): Promise<MovedGlaze> {
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
  const outgrow = commandLineOf(operator, folder.path, now);
  const plan = join(folder.path, "plan.json");
  await mustEnd(outgrow, "plan", "--out", plan);
  const applied = await mustEnd(outgrow, "apply", plan, "--json", "--allow", "downtime,data-move");
  const { objects } = await scene.lab.snapshot();
  const before = objects.find(({ metadata }) => metadata.name.startsWith("outgrow-before-"));
  const moved = kept.move();
  return {
    scene,
    outgrow,
    clock,
    applied: jsonLines(applied),
    attempt: before?.metadata.name.replace("outgrow-before-", "") ?? "",
    [Symbol.asyncDispose]: () => moved.disposeAsync(),
  };
}

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
