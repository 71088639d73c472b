import type { History } from "../../src/model/history.ts";
import type { Instrument } from "../../src/model/signal.ts";
import { alignedGrid, DAY, MINUTE } from "../../src/model/time.ts";
import type { Rule } from "../../src/model/trigger.ts";
import { WEEKDAYS } from "../../src/model/usageHours.ts";
import { backtest } from "../../src/trigger/backtest.ts";
import { usageClock } from "../../src/trigger/hours.ts";
import { judgeOf } from "../../src/trigger/judge.ts";
import { seatReaders } from "../../src/trigger/seats.ts";
import { advance, initialState } from "../../src/trigger/state.ts";
import { END, samplesOf, signalNames } from "./scenario.ts";

/**
 * The engine without any reading, in a process of its own: `engine.ts DAYS` prints, as JSON,
 * the first (cold) backtest's time and the streaming engine's evaluations per second.
 */
const days = Number(process.argv[2] ?? 30);
const rule = benchRule();
const instruments = rule.signals.map(
  (signal): Instrument => ({ signal, source: "bench", columns: [{ expr: "", bound: null }] }),
);
const readers = instruments.map((instrument) => ({ id: instrument.signal.id, instrument }));
const history = memoryHistory();

const began = performance.now();
const { episodes } = backtest(rule, readers, history, history.grid.from);
const coldMs = performance.now() - began;
process.stdout.write(
  JSON.stringify({ coldMs, episodes: episodes.length, evaluationsPerSecond: streamingRate() }),
);

/** One evaluation at a time, as the daemon does it: a fresh row, judged and advanced. */
function streamingRate(): number {
  const inHours = usageClock(rule.trigger.hours);
  const judges = seatReaders(readers).map(({ instrument, offset }) =>
    judgeOf(instrument as Instrument, offset),
  );
  const row = new Float64Array(rule.signals.length);
  const start = performance.now();
  let state = initialState(rule.signals.length);
  for (let index = 0; index < history.grid.count; index++) {
    const at = history.grid.from + index * history.grid.step;
    history.columns.forEach((column, signal) => {
      row[signal] = column[index] ?? Number.NaN;
    });
    const observations = judges.map((judge) => judge(row));
    state = advance(rule.trigger, state, { at, inHours: inHours(at), observations });
  }
  return (history.grid.count * rule.signals.length) / ((performance.now() - start) / 1000);
}

function memoryHistory(): History {
  const grid = alignedGrid(END - days * DAY + MINUTE, END, MINUTE);
  const columns = rule.signals.map((_, index) =>
    Float64Array.from(samplesOf(index, days), ({ value }) => value),
  );
  return { grid, columns };
}

function benchRule(): Rule {
  const relief = { secondNode: "yes", otherwise: "" } as const;
  return {
    trigger: {
      atLeast: 2,
      sustainedMs: 30 * MINUTE,
      intervalMs: MINUTE,
      hours: { timeZone: "America/New_York", days: WEEKDAYS, from: 8 * 60, to: 23 * 60 },
    },
    signals: signalNames().map((id) => ({
      id,
      title: id,
      kind: "level",
      unit: "ratio",
      watch: 0.6,
      act: 0.8,
      relief,
    })),
  };
}
