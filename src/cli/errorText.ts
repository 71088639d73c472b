import type { OutgrowError, Place, Problem } from "../model/error.ts";
import type { Paint } from "./paint.ts";

/** What went wrong, where, and what to do: one line each, for people. */
export function errorText(error: OutgrowError, paint: Paint): string {
  const lines = [`${paint("red", "outgrow:")} ${placed(error.at, error.message)}`];
  if (error.hint !== undefined) lines.push(`  ${paint("dim", "fix:")} ${error.hint}`);
  for (const problem of error.problems) lines.push(...problemLines(problem, paint));
  return `${lines.join("\n")}\n`;
}

function problemLines({ at, message, hint }: Problem, paint: Paint): readonly string[] {
  const line = `  ${placed(at, message)}`;
  return hint === undefined ? [line] : [line, `      ${paint("dim", hint)}`];
}

function placed(at: Place | undefined, message: string): string {
  if (at === undefined) return message;
  const place = [at.file, at.line, at.column].filter((part) => part !== undefined).join(":");
  return `${place}  ${message}`;
}
