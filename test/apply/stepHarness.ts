import assert from "node:assert/strict";
import type { StepHandler, StepTask } from "../../src/apply/stepKind.ts";
import type { World } from "../../src/apply/world.ts";
import { OutgrowError } from "../../src/model/error.ts";
import type { ParamsOf, StepKind } from "../../src/model/step.ts";

export interface StepCase<K extends StepKind> {
  readonly handler: StepHandler<K>;
  readonly params: ParamsOf<K>;
  readonly world: World;
  /** What the step may change, as text: after undo it is what it was. */
  readonly look: () => Promise<string>;
  /** Looked at after each run. */
  readonly check?: () => Promise<void>;
}

/** Begins a step as the executor does: probe, then a task with what undo needs. */
export async function begin<K extends StepKind>(
  { handler, params, world }: StepCase<K>,
  attempt: string,
): Promise<StepTask<K>> {
  const common = { id: "the-step", params, world, say: () => undefined };
  const probe = await handler.probe({ ...common, before: null, attempt: null });
  assert.ok(probe.state === "todo", JSON.stringify(probe));
  return { ...common, before: JSON.parse(JSON.stringify(probe.before)), attempt };
}

/** Carries a step out, and once more: done is seen as done, and done again changes nothing. */
async function carryOut<K extends StepKind>(step: StepCase<K>, attempt: string) {
  const { handler, look, check } = step;
  const start = await look();
  const task = await begin(step, attempt);
  assert.equal(await look(), start, "probe changed something");
  await handler.run(task);
  await handler.verify(task);
  await check?.();
  const done = await look();
  assert.notEqual(done, start, "what the step changes is not looked at");
  assert.equal((await handler.probe(task)).state, "done");
  await handler.run(task);
  await handler.verify(task);
  assert.equal(await look(), done, "done again it is another world");
  return { task, done };
}

/** What every step must stand: done is seen as done, done again changes nothing, undone is as it was, and all that twice. */
export async function exercise<K extends StepKind>(step: StepCase<K>): Promise<void> {
  const { handler, look } = step;
  const start = await look();
  for (const attempt of ["aaaaaaaaaaa1", "aaaaaaaaaaa2"]) {
    const { task } = await carryOut(step, attempt);
    await handler.undo(task);
    assert.equal(await look(), start, "undo did not bring back what was");
    await handler.undo(task);
    assert.equal(await look(), start, "undo twice is not undo once");
  }
}

/** What a step without a way back must stand: done is seen as done, done again changes nothing, and undo refuses and changes nothing. */
export async function exerciseForGood<K extends StepKind>(step: StepCase<K>): Promise<void> {
  const { handler, look } = step;
  const { task, done } = await carryOut(step, "aaaaaaaaaaa3");
  await assert.rejects(
    handler.undo(task),
    (error) => error instanceof OutgrowError && error.code === "blocked",
  );
  assert.equal(await look(), done, "undo changed something");
}
