import { availableParallelism } from "node:os";
import { run } from "node:test";

/**
 * Runs every test file and ends with the line `N passed, N failed`. Quiet while all is well:
 * one line per file, and each failure whole.
 */
const patterns = process.argv.length > 2 ? process.argv.slice(2) : ["{src,lab,test,scripts}/**/*.test.ts"];
const MINUTE = 60_000;

interface Outcome {
  passed: number;
  failed: number;
  durationMs: number;
}

const outcomes = new Map<string, Outcome>();
const failures: string[] = [];
let skipped = 0;

const stream = run({
  globPatterns: patterns,
  // Most of the time is spent waiting for servers, so one more than there are cores.
  concurrency: availableParallelism() + 1,
  timeout: process.env.OUTGROW_LONG === undefined ? 10 * MINUTE : 300 * MINUTE,
});

stream.on("test:pass", ({ file, skip, details }) => {
  if (details.type === "suite") return;
  if (skip !== undefined) skipped++;
  else outcomeOf(file).passed++;
  outcomeOf(file).durationMs += details.duration_ms;
});

stream.on("test:fail", ({ file, name, details }) => {
  if (details.type === "suite") return;
  outcomeOf(file).failed++;
  const cause = details.error.cause ?? details.error;
  failures.push(
    `✖ ${relative(file)}  ${name}\n${indent(cause instanceof Error ? (cause.stack ?? cause.message) : String(cause))}`,
  );
});

stream.on("test:stderr", ({ file, message }) => process.stderr.write(`${relative(file)}: ${message}`));

stream.on("end", report);
// Without a reader a stream never ends.
stream.resume();

function report(): void {
  for (const [file, { passed, failed, durationMs }] of [...outcomes].sort()) {
    const seconds = (durationMs / 1000).toFixed(1).padStart(7);
    print(`${failed === 0 ? "✔" : "✖"} ${String(passed).padStart(4)} ${seconds} s  ${file}`);
  }
  for (const failure of failures) print(`\n${failure}`);
  const total = (key: "passed" | "failed") =>
    [...outcomes.values()].reduce((sum, each) => sum + each[key], 0);
  if (skipped > 0) print(`\n${skipped} skipped: long proofs, see make test-all`);
  print(`${total("passed")} passed, ${total("failed")} failed`);
  // A run that saw no test proves nothing.
  process.exitCode = total("failed") > 0 || total("passed") === 0 ? 1 : 0;
}

function outcomeOf(file: string | undefined): Outcome {
  const key = relative(file);
  const known = outcomes.get(key) ?? { passed: 0, failed: 0, durationMs: 0 };
  outcomes.set(key, known);
  return known;
}

function relative(file: string | undefined): string {
  return (file ?? "?").replace(`${process.cwd()}/`, "");
}

function indent(text: string): string {
  return text.replace(/^/gm, "    ");
}

function print(line: string): void {
  process.stdout.write(`${line}\n`);
}
