import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import type { TestContext } from "node:test";
import { parseSession, play, type Step, type Surroundings, sessionText } from "./session.ts";

/** Plays a recorded session, one subtest a command. With OUTGROW_RECORD set it writes it down anew: read the diff. */
export async function recordedSteps(t: TestContext, file: string, surroundings: Surroundings): Promise<void> {
  const url = new URL(file, import.meta.url);
  const steps = parseSession(readFileSync(url, "utf8"));
  const played: Step[] = [];
  for (const step of steps) {
    const transcript = await play(step.command, surroundings);
    played.push({ ...step, transcript });
    if (process.env.OUTGROW_RECORD === undefined) {
      await t.test(step.command, () => assert.equal(transcript, step.transcript));
    }
  }
  if (process.env.OUTGROW_RECORD !== undefined) writeFileSync(url, sessionText(played));
}
