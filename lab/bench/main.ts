import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { startPrometheus } from "../prometheus.ts";
import { tempFolder } from "../temp.ts";
import { startVictoriaMetrics } from "../victoriaMetrics.ts";
import { type Command, type Figures, measure, median } from "./measure.ts";
import { promtoolTest, vmalertReplay } from "./peers.ts";
import { configText, END, history, SIGNAL_COUNT } from "./scenario.ts";

/**
 * `make bench`: outgrow beside its peers, on one machine in one run, medians of `RUNS` whole
 * processes. Figures are worth only as ratios; the bars are those of the project's own issue.
 */
const RUNS = Number(process.env.OUTGROW_BENCH_RUNS ?? 5);
const LENGTHS_DAYS = [1, 10, 30, 90];
const DAY_MS = 86_400_000;

await main();

async function main(): Promise<void> {
  using folder = tempFolder("bench");
  const days = Math.max(...LENGTHS_DAYS);
  print(`${SIGNAL_COUNT} signals at 1 m, medians of ${RUNS} processes, Node ${process.versions.node}`);
  await using prometheus = await startPrometheus({ history: history(days) });
  await using store = await startVictoriaMetrics({ history: [] });
  const config = join(folder.path, "outgrow.yaml");
  writeFileSync(config, configText(prometheus.origin));

  const whole = await wholeBacktests(config);
  const month = whole.get(30) as Figures;
  const vmalert = await measure(vmalertReplay(folder.path, prometheus.origin, store.origin, 30), RUNS);
  const promtool = await measure(promtoolTest(folder.path, 30), Math.min(RUNS, 3));
  const engine = await engineAlone(30);

  print("\n30 days, whole processes");
  row("outgrow backtest, fetch included", month, vmalert, 0.5);
  row("vmalert -replay, 26 rules", vmalert, vmalert);
  row("promtool test rules, no store", promtool, vmalert);
  print(line("the engine alone, cold", engine.coldMs, engine.coldMs / vmalert.wallMs, 0.05));
  print(`  peak memory of the backtest: ${month.peakMib.toFixed(0)} MiB (bar 150)`);
  print(
    `  streaming: ${(engine.evaluationsPerSecond / 1e6).toFixed(1)} million signal evaluations per second (bar 1)`,
  );

  print("\nCost by length");
  for (const [length, figures] of whole) {
    print(`  ${String(length).padStart(3)} d  ${ms(figures.wallMs)}  ${figures.peakMib.toFixed(0)} MiB`);
  }
  await startUp(config);
}

async function wholeBacktests(config: string): Promise<ReadonlyMap<number, Figures>> {
  const all = new Map<number, Figures>();
  for (const days of LENGTHS_DAYS) {
    const from = new Date(END - days * DAY_MS).toISOString();
    const range = ["--from", from, "--to", new Date(END).toISOString()];
    all.set(days, await measure(outgrow("backtest", "--config", config, ...range, "--json"), RUNS));
  }
  return all;
}

interface EngineFigures {
  readonly coldMs: number;
  readonly evaluationsPerSecond: number;
}

async function engineAlone(days: number): Promise<EngineFigures> {
  const figures: EngineFigures[] = [];
  for (let index = 0; index < RUNS; index++) {
    const { stdout } = await measure(node("lab/bench/engine.ts", String(days)), 1);
    figures.push(JSON.parse(stdout) as EngineFigures);
  }
  return {
    coldMs: median(figures.map(({ coldMs }) => coldMs)),
    evaluationsPerSecond: median(figures.map((each) => each.evaluationsPerSecond)),
  };
}

async function startUp(config: string): Promise<void> {
  const bare = await measure(node("-e", "0"), RUNS);
  const version = await measure(outgrow("--version"), RUNS);
  const check = await measure(outgrow("check", "--config", config), RUNS);
  print("\nStart-up");
  row("node -e 0", bare, bare);
  row("outgrow --version (bar 150 ms)", version, bare);
  row("outgrow check (bar 1 s)", check, bare);
}

function outgrow(...args: readonly string[]): Command {
  return node("bin/outgrow.js", ...args);
}

function node(...args: readonly string[]): Command {
  return { command: process.execPath, args };
}

function row(name: string, { wallMs }: Figures, peer: Figures, bar?: number): void {
  print(line(name, wallMs, wallMs / peer.wallMs, bar));
}

function line(name: string, wallMs: number, ratio: number, bar?: number): string {
  const verdict = bar === undefined ? "" : `  (bar ${bar}: ${ratio <= bar ? "held" : "MISSED"})`;
  return `  ${name.padEnd(34)} ${ms(wallMs)}  ${ratio.toFixed(3)}${verdict}`;
}

function ms(value: number): string {
  return `${value.toFixed(0).padStart(6)} ms`;
}

function print(text: string): void {
  process.stdout.write(`${text}\n`);
}
