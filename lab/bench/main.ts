import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { startPrometheus } from "../prometheus.ts";
import { tempFolder } from "../temp.ts";
import { startVictoriaMetrics } from "../victoriaMetrics.ts";
import { applyBench } from "./apply.ts";
import { auditLines } from "./auditLines.ts";
import { clusterBench } from "./cluster.ts";
import { type Command, type Figures, measure, median } from "./measure.ts";
import { promtoolTest, vmalertReplay } from "./peers.ts";
import { configText, END, history, SIGNAL_COUNT } from "./scenario.ts";

/**
 * `make bench`: outgrow beside its peers, on one machine in one run, medians of `RUNS` whole
 * processes. Figures are worth only as ratios; the bars are those of the project's own issue.
 */
const RUNS = Number(process.env.OUTGROW_BENCH_RUNS ?? 5);
const MONTH = 30;
const LENGTHS_DAYS = [1, 10, MONTH, 90];
const MIB = 1024 ** 2;
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
  const vmalert = await measure(vmalertReplay(folder.path, prometheus.origin, store.origin, MONTH), RUNS);
  reportMonth(whole.get(MONTH) as Figures, vmalert, await engineAlone(MONTH));
  reportLengths(whole);
  // promtool alone needs minutes for a month; a day shows the ratio.
  const promtool = await measure(promtoolTest(folder.path, 1), RUNS);
  print("\n1 day, whole processes, beside promtool");
  row("outgrow backtest, fetch included", whole.get(1) as Figures, promtool);
  row("promtool test rules, no store", promtool, promtool);
  print("\nAudit, CPU time by size of the cluster");
  for (const each of await auditLines()) print(each);
  await startUp(config);
  await clusterBench(RUNS, print);
  await applyBench(RUNS, print);
}

function reportMonth(month: Figures, vmalert: Figures, engine: EngineFigures): void {
  print(`\n${MONTH} days, whole processes, beside vmalert`);
  row("outgrow backtest, fetch included", month, vmalert, 0.5);
  row("vmalert -replay, 26 rules", vmalert, vmalert);
  print(line("the engine alone, cold", engine.coldMs, engine.coldMs / vmalert.wallMs, 0.05));
  print(`  peak memory of the backtest: ${megabytes(month)} MB${bar(150, month.peakMib * MIB <= 150e6)}`);
  const millions = engine.evaluationsPerSecond / 1e6;
  print(
    `  streaming, one core: ${millions.toFixed(1)} million signal evaluations a second${bar(1, millions >= 1)}`,
  );
}

function reportLengths(whole: ReadonlyMap<number, Figures>): void {
  print("\nCost by length");
  for (const [length, figures] of whole) {
    const perDay = (figures.wallMs / length).toFixed(1);
    print(
      `  ${String(length).padStart(3)} d  ${ms(figures.wallMs)}  ${perDay} ms a day  ${megabytes(figures)} MB`,
    );
  }
  const shortest = whole.get(1) as Figures;
  const slope = (days: number) => ((whole.get(days) as Figures).wallMs - shortest.wallMs) / (days - 1);
  const steps = LENGTHS_DAYS.slice(1).map((days) => `${slope(days).toFixed(1)} to ${days} d`);
  print(`  ms for each further day: ${steps.join(", ")} (equal: linear)`);
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
  print("\nStart-up, beside an empty Node");
  row("node -e 0", bare, bare);
  print(
    `${line("outgrow --version", version.wallMs, version.wallMs / bare.wallMs)}${bar(150, version.wallMs <= 150)}`,
  );
  print(
    `${line("outgrow check", check.wallMs, check.wallMs / bare.wallMs)}${bar(1000, check.wallMs <= 1000)}`,
  );
}

function outgrow(...args: readonly string[]): Command {
  return node("bin/outgrow.js", ...args);
}

function node(...args: readonly string[]): Command {
  return { command: process.execPath, args };
}

function row(name: string, { wallMs }: Figures, peer: Figures, most?: number): void {
  print(line(name, wallMs, wallMs / peer.wallMs, most));
}

function line(name: string, wallMs: number, ratio: number, most?: number): string {
  const verdict = most === undefined ? "" : bar(most, ratio <= most);
  return `  ${name.padEnd(34)} ${ms(wallMs)}  × ${ratio.toFixed(3)}${verdict}`;
}

function bar(value: number, isHeld: boolean): string {
  return `  (bar ${value}: ${isHeld ? "held" : "MISSED"})`;
}

function megabytes({ peakMib }: Figures): string {
  return ((peakMib * MIB) / 1e6).toFixed(0);
}

function ms(value: number): string {
  return `${value.toFixed(0).padStart(6)} ms`;
}

function print(text: string): void {
  process.stdout.write(`${text}\n`);
}
