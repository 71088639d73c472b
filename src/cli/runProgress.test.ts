import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { test } from "node:test";
import { promisify } from "node:util";
import type { ProgressEvent, ProgressNews } from "../model/progress.ts";
import type { Io, Stream } from "./io.ts";
import { runProgress } from "./runProgress.ts";
import { stepLines } from "./stepLines.ts";
import { advanceList, listOf } from "./stepList.ts";

const AT = "2026-11-23T19:32:07.000Z";
const NOW = Date.parse(AT) + 4_000;

const STEPS = [
  { id: "backup", durationMs: 10_000 },
  { id: "node-join/glaze-worker-1", durationMs: 120_000 },
  { id: "node-open/glaze-worker-1", durationMs: 1_000 },
];

const NEWS: readonly ProgressNews[] = [
  { kind: "waiting", for: "anna to show a sign of life (30 s)" },
  { kind: "step-found", stepId: "backup" },
  { kind: "step-started", stepId: "node-join/glaze-worker-1" },
  { kind: "step-news", stepId: "node-join/glaze-worker-1", text: "copying k3s", share: 0.5 },
  { kind: "note", text: "The journal's file was brought up to date." },
  { kind: "step-done", stepId: "node-join/glaze-worker-1", tookMs: 61_000 },
  { kind: "step-started", stepId: "node-open/glaze-worker-1" },
  {
    kind: "step-failed",
    stepId: "node-open/glaze-worker-1",
    failure: { code: "verify", why: "It is not Ready.", fix: null },
  },
];

interface Shown {
  readonly stdout: string;
  readonly stderr: string;
}

/** What was written when each of the news was told. */
function told(isJson: boolean, isTerminal: boolean, columns = 100, hasColors = false, word = ""): Shown {
  const said = { stdout: "", stderr: "" };
  const stream = (name: keyof typeof said): Stream => ({
    write: (text) => {
      said[name] += text;
    },
    isTerminal,
    hasColors,
    columns,
    rows: 24,
  });
  const io: Io = { stdout: stream("stdout"), stderr: stream("stderr"), env: {}, now: () => NOW };
  using progress = runProgress(io, isJson);
  progress.begin(STEPS);
  if (word !== "") progress.say(word);
  for (const news of NEWS) progress.tell({ at: AT, runId: "3f9c", ...news });
  return said;
}

/** The screen as a terminal would show it: only the sequences the list uses are known. */
function screenOf(written: string): readonly string[] {
  const lines: string[] = [""];
  let row = 0;
  for (const part of written.replaceAll("\u001b", "␛").split(/(␛\[\d*[AJK]|\n)/)) {
    const up = /^␛\[(\d+)A/.exec(part)?.[1];
    if (up !== undefined) row -= Number(up);
    else if (part === "␛[J") lines.splice(row + 1);
    else if (part === "\n") row += 1;
    else if (part !== "␛[K" && part !== "") lines[row] = part;
  }
  return lines.filter((line) => line !== "");
}

test("on a terminal the list redraws itself in place: a note stays above, every step has one line", () => {
  const { stdout, stderr } = told(false, true);
  assert.equal(stdout, "");
  assert.deepEqual(screenOf(stderr), [
    "The journal's file was brought up to date.",
    " =  1  backup                    was so already",
    " ✔  2  node-join/glaze-worker-1  1 min",
    " ✖  3  node-open/glaze-worker-1  It is not Ready.",
  ]);
  assert.match(stderr, /copying k3s · █{8}░{8} 50 % · 4 s of about 2 min/);
  assert.ok(stderr.includes("    waits for anna to show a sign of life (30 s)\u001b[J\n"), stderr);
});

test("no line wraps, so that the redrawing stays in place: at 80 columns, at 40, in colours", () => {
  for (const columns of [80, 40]) {
    const shown = screenOf(told(false, true, columns, true).stderr).map((line) =>
      line.replaceAll(/␛\[\d+m/g, ""),
    );
    const lines = shown.filter((line) => !line.startsWith("The journal"));
    assert.equal(lines.length, STEPS.length);
    assert.ok(
      lines.every((line) => line.length <= columns),
      lines.join("\n"),
    );
  }
});

const LONG = "waiting for a new connection to glaze-worker-1, which takes the rules back in 30 s otherwise";

/** The line of one running step. */
function lineAt(columns: number, text: string, share: number | null): string {
  const list = advanceList(
    advanceList(listOf(STEPS), {
      at: AT,
      runId: "3f9c",
      kind: "step-started",
      stepId: "node-join/glaze-worker-1",
    }),
    { at: AT, runId: "3f9c", kind: "step-news", stepId: "node-join/glaze-worker-1", text, share },
  );
  const lines = stepLines(list, { now: NOW, frame: 0, columns, rows: 24 }, (_, painted) => painted);
  return lines[1] ?? "";
}

test("where a line is too long its words give way first, then its bar; how far it is in time stays", () => {
  const head = " ⠋  2  node-join/glaze-worker-1  ";
  const cases: readonly (readonly [number, string, number | null, string])[] = [
    [100, LONG, null, "waiting for a new … in 30 s otherwise · 4 s of about 2 min"],
    [80, LONG, null, "waiting for … s otherwise · 4 s of about 2 min"],
    [80, "k3s from glaze-prod to glaze-worker-1", 0.5, "k3s from … glaze-worker-1 · 4 s of about 2 min"],
    [80, "", 0.5, "████████░░░░░░░░ 50 % · 4 s of about 2 min"],
    [60, LONG, 0.5, "4 s of about 2 min"],
  ];
  for (const [columns, text, share, says] of cases) {
    assert.equal(lineAt(columns, text, share), head + says);
    assert.ok((head + says).length <= columns);
  }
});

test("a list longer than the terminal shows what goes on and counts the rest; what earlier runs did is ticked; in the end all of it is there", () => {
  const steps = Array.from({ length: 20 }, (_, index) => ({ id: `step/${index + 1}`, durationMs: 10_000 }));
  const lines = (running: number, rows: number) => {
    const list = listOf(
      steps,
      steps.slice(0, running - 1).map(({ id }) => id),
    );
    const event = { at: AT, runId: "3f9c", kind: "step-started", stepId: `step/${running}` } as const;
    return stepLines(
      advanceList(list, event),
      { now: NOW, frame: 0, columns: 60, rows },
      (_, painted) => painted,
    );
  };
  assert.deepEqual(lines(9, 7), [
    " ↑  6 more",
    " ✔   7  step/7   by an earlier run",
    " ✔   8  step/8   by an earlier run",
    " ⠋   9  step/9   4 s of about 10 s",
    " ·  10  step/10",
    " ·  11  step/11",
    " ↓  9 more",
  ]);
  for (let running = 1; running <= steps.length; running++) {
    for (let rows = 1; rows <= 25; rows++) {
      const shown = lines(running, rows);
      assert.ok(shown.length <= rows, `${running} in ${rows}`);
      assert.ok(
        shown.some((line) => line.includes(`step/${running} `)),
        `${running} in ${rows}`,
      );
      const counts = shown.flatMap((line) => Number(/(\d+) more$/.exec(line)?.[1] ?? 0));
      if (rows > 2)
        assert.equal(
          shown.filter((line) => !line.endsWith(" more")).length + counts.reduce((a, b) => a + b, 0),
          20,
        );
    }
  }
});

test("what a step says does not begin with the name it has already", () => {
  assert.equal(
    lineAt(100, "glaze-worker-1: it has not registered", null),
    " ⠋  2  node-join/glaze-worker-1  it has not registered · 4 s of about 2 min",
  );
});

test("a word to people stands above the list, which goes on in its place", () => {
  const { stderr } = told(false, true, 80, false, "outgrow: stops at the next safe point.");
  const lines = screenOf(stderr);
  assert.equal(lines.filter((line) => line === "outgrow: stops at the next safe point.").length, 1);
  assert.equal(lines.length, STEPS.length + 2);
});

test("elsewhere each of the news is one plain line with its time", () => {
  const { stdout, stderr } = told(false, false);
  assert.equal(stdout, "");
  assert.deepEqual(stderr.trimEnd().split("\n"), [
    "19:32:07  waits for anna to show a sign of life (30 s)",
    "19:32:07  backup was so already",
    "19:32:07  node-join/glaze-worker-1 begins",
    "19:32:07  node-join/glaze-worker-1: copying k3s",
    "19:32:07  The journal's file was brought up to date.",
    "19:32:07  node-join/glaze-worker-1 done in 1 min",
    "19:32:07  node-open/glaze-worker-1 begins",
    "19:32:07  node-open/glaze-worker-1 failed: It is not Ready.",
  ]);
});

test("of figures that only grow a log has a line every ten seconds, and every other line", () => {
  const written: string[] = [];
  const nobody: Stream = {
    write: () => undefined,
    isTerminal: false,
    hasColors: false,
    columns: 80,
    rows: 24,
  };
  const log: Stream = { ...nobody, write: (line) => void written.push(line) };
  using progress = runProgress({ stdout: nobody, stderr: log, env: {}, now: () => NOW }, false);
  const stepId = "postgres-move/glaze";
  for (const [second, words, share] of [
    [0, "copying", null],
    [1, "1/9 tables copied", 0.1],
    [5, "2/9 tables copied", 0.2],
    [11, "3/9 tables copied", 0.3],
    [12, "9/9 tables copied", 1],
    [13, "following", null],
    [13, "1/4 indexes", 0.25],
    [14, "2/4 indexes", 0.5],
  ] as const) {
    const at = new Date(Date.parse(AT) + second * 1_000).toISOString();
    progress.tell({ at, runId: "3f9c", kind: "step-news", stepId, text: words, share });
  }
  assert.deepEqual(
    written.map((line) => line.trim().split(": ")[1]),
    ["copying", "1/9 tables copied", "3/9 tables copied", "9/9 tables copied", "following", "1/4 indexes"],
  );
});

test("--json: each of the news is one JSON document a line on stdout, whole, and nothing else is said", () => {
  const { stdout, stderr } = told(true, true);
  assert.equal(stderr, "");
  const events = stdout
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line) as ProgressEvent);
  assert.deepEqual(
    events,
    NEWS.map((news) => ({ at: AT, runId: "3f9c", ...news })),
  );
});

const LIVE = `
  import { processIo } from "./src/cli/io.ts";
  import { runProgress } from "./src/cli/runProgress.ts";
  const io = processIo();
  using progress = runProgress(io, false);
  const [at, runId, stepId] = [new Date().toISOString(), "3f9c", "node-join/glaze-worker-1"];
  progress.begin([{ id: "backup", durationMs: 1_000 }, { id: stepId, durationMs: 120_000 }]);
  progress.tell({ at, runId, kind: "step-started", stepId });
  progress.tell({ at, runId, kind: "step-news", stepId, text: ${JSON.stringify(LONG)}, share: null });
  progress.tell({ at, runId, kind: "waiting", for: ${JSON.stringify(LONG)} });
  progress.say("outgrow: stops at the next safe point");
  progress[Symbol.dispose]();
  process.stdout.write("Stopped at a safe point.\\n");
`;

test("in a real terminal of 80 columns no drawn line is wider, and the list is drawn over itself", async () => {
  const quoted = [process.execPath, "--input-type=module-typescript", "-e", LIVE].map((word) => `'${word}'`);
  const command = `stty cols 80 rows 24; exec ${quoted.join(" ")}`;
  const { stdout } = await promisify(execFile)("script", ["-qec", command, "/dev/null"]);
  const lines = screenOf(stdout.replaceAll("\r", "")).map((line) => line.replaceAll(/␛\[\d+m/g, ""));
  assert.deepEqual(
    lines.map((line) => line.replace(/[⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏]/, "*").replace(/\d+ s of/, "0 s of")),
    [
      "outgrow: stops at the next safe point",
      " ·  1  backup",
      " *  2  node-join/glaze-worker-1  waiting for … s otherwise · 0 s of about 2 min",
      "    waits for waiting for a new connection to … the rules back in 30 s otherwise",
      "Stopped at a safe point.",
    ],
  );
  assert.ok(lines.every((line) => line.length <= 80));
});
