import fc from "fast-check";
import type { SampledSeries } from "../../lab/openMetrics.ts";
import type { Column, Instrument, SignalRule } from "../../src/model/signal.ts";
import { alignedGrid, type EpochMs, type Grid, HOUR, instantAt, MINUTE } from "../../src/model/time.ts";
import type { Rule } from "../../src/model/trigger.ts";
import { WEEKDAYS } from "../../src/model/usageHours.ts";

/** A rule and some hours of history for it, small enough that everything happens at its edges. */
export interface World {
  readonly rule: Rule;
  readonly instruments: readonly Instrument[];
  readonly grid: Grid;
  /** One per column of all instruments; `null`: no sample at that minute. */
  readonly samples: readonly (readonly (number | null)[])[];
}

/** Days on which some clock somewhere did something odd, and days on which none did. */
export const ODD_DAYS: readonly { readonly timeZone: string; readonly at: EpochMs }[] = [
  { timeZone: "America/New_York", at: Date.UTC(2026, 2, 8, 5) },
  { timeZone: "America/New_York", at: Date.UTC(2025, 10, 2, 4) },
  { timeZone: "Europe/Berlin", at: Date.UTC(2026, 2, 28, 23) },
  { timeZone: "Europe/Berlin", at: Date.UTC(2025, 9, 25, 22) },
  { timeZone: "Africa/Cairo", at: Date.UTC(2026, 3, 23, 20) },
  { timeZone: "Africa/Cairo", at: Date.UTC(2025, 9, 30, 19) },
  { timeZone: "Australia/Lord_Howe", at: Date.UTC(2026, 3, 4, 13) },
  { timeZone: "Australia/Lord_Howe", at: Date.UTC(2025, 9, 4, 13) },
  { timeZone: "Asia/Kathmandu", at: Date.UTC(2026, 0, 4, 16) },
  { timeZone: "Asia/Kolkata", at: Date.UTC(2026, 0, 4, 16) },
  { timeZone: "UTC", at: Date.UTC(2026, 0, 4, 21) },
];

/** When the rules were compiled, as far as these worlds are concerned. */
export const NOW: EpochMs = Date.UTC(2026, 4, 1);

const SPAN_MS = 6 * HOUR;
const RELIEF = { secondNode: "yes", otherwise: "" } as const;
const BOUNDS = [0.1, 0.3, 0.5, 1, 1.2];

const thresholds = fc
  .tuple(
    fc.constantFrom(1, 2, 3),
    fc.constantFrom(3, 4, 5),
    fc.constantFrom("both", "both", "both", "watch", "act"),
  )
  .map(([watch, act, has]) => ({ watch: has === "act" ? null : watch, act: has === "watch" ? null : act }));

const valueSignal = fc
  .record({ kind: fc.constantFrom("level", "event"), thresholds })
  .map(({ kind, thresholds: both }) => ({
    rule: (id: string): SignalRule => {
      const base = { id, title: id, unit: "count", relief: RELIEF, ...both } as const;
      return kind === "event" ? { ...base, kind: "event", windowMs: HOUR } : { ...base, kind: "level" };
    },
    bounds: [null] as readonly (number | null)[],
  }));

/** With bounds at its thresholds or beside them, so that some can only be told by the interval. */
const quantileSignal = fc
  .record({
    watch: fc.constantFrom(0.3, 0.5),
    act: fc.constantFrom(0.5, 1),
    has: fc.constantFrom("both", "both", "watch", "act"),
    bounds: fc.subarray(BOUNDS, { minLength: 1, maxLength: 3 }),
  })
  .map(({ watch, act, has, bounds }) => ({
    rule: (id: string): SignalRule => ({
      id,
      title: id,
      unit: "seconds",
      kind: "quantile",
      quantile: 0.95,
      watch: has === "act" ? null : watch,
      act: has === "watch" ? null : act,
      relief: RELIEF,
    }),
    bounds: bounds as readonly (number | null)[],
  }));

/** Runs of one value, so that breaches last; some runs have no samples, some are no numbers. */
const values = (isShare: boolean) =>
  fc
    .array(
      fc.record({
        length: fc.oneof(fc.integer({ min: 1, max: 9 }), fc.integer({ min: 6, max: 60 })),
        value: isShare
          ? fc.constantFrom<number | null>(0, 0.04, 0.05, 0.06, 0.5, 0.5, 1, null, Number.NaN)
          : fc.constantFrom<number | null>(
              0,
              1,
              2,
              3,
              4,
              5,
              6,
              6,
              6,
              null,
              Number.NaN,
              Number.POSITIVE_INFINITY,
            ),
      }),
      { minLength: 8, maxLength: 30 },
    )
    .map((runs) => runs.flatMap(({ length, value }) => Array.from({ length }, () => value)));

export function worlds(days = ODD_DAYS): fc.Arbitrary<World> {
  const signals = fc.array(fc.oneof(valueSignal, valueSignal, quantileSignal), {
    minLength: 2,
    maxLength: 4,
  });
  const hours = fc.record({
    from: fc.constantFrom(0, 60, 150, 480, 1320),
    to: fc.constantFrom(90, 180, 1440, 1380, 300),
    days: fc.subarray([...WEEKDAYS], { minLength: 3 }),
    isEveryDay: fc.boolean(),
  });
  return fc
    .record({
      day: fc.constantFrom(...days),
      signals,
      hours,
      atLeast: fc.integer({ min: 1, max: 2 }),
      sustained: fc.integer({ min: 2, max: 9 }),
    })
    .chain(({ day, signals: chosen, hours: { isEveryDay, ...open }, atLeast, sustained }) => {
      const trigger = {
        atLeast,
        sustainedMs: sustained * MINUTE,
        intervalMs: MINUTE,
        hours: { ...open, days: isEveryDay ? WEEKDAYS : open.days, timeZone: day.timeZone },
      };
      const rules = chosen.map(({ rule }, index) => rule(`s${index}`));
      const columns = chosen.map(({ bounds }) => bounds);
      const grid = alignedGrid(day.at, day.at + SPAN_MS - MINUTE, MINUTE);
      return fc.tuple(...columns.flat().map((bound) => values(bound !== null))).map((samples) => ({
        rule: { trigger, signals: rules },
        instruments: rules.map((signal, index) => ({
          signal,
          source: "world",
          columns: (columns[index] ?? []).map(
            (bound): Column => ({ bound, expr: selector(signal.id, bound) }),
          ),
        })),
        grid,
        samples: samples.map((column) => Array.from({ length: grid.count }, (_, at) => column[at] ?? null)),
      }));
    });
}

export const METRIC = "world_value";

function selector(signal: string, bound: number | null): string {
  return `${METRIC}{signal="${signal}",bound="${bound ?? ""}"}`;
}

/** The same world with a label of its own, so that many live in one store. */
export function named(world: World, name: string): World {
  const instruments = world.instruments.map((instrument) => ({
    ...instrument,
    columns: instrument.columns.map(({ bound, expr }) => ({
      bound,
      expr: expr.replace("}", `,world="${name}"}`),
    })),
  }));
  return { ...world, instruments };
}

/** The samples of a world as series; a column without any sample is no series. */
export function seriesOf({ instruments, samples, grid }: World, name: string): readonly SampledSeries[] {
  const columns = instruments.flatMap(({ signal, columns: all }) =>
    all.map(({ bound }) => ({ signal, bound })),
  );
  return columns.flatMap(({ signal, bound }, index) => {
    const column = (samples[index] ?? []).flatMap((value, step) =>
      value === null ? [] : [{ at: instantAt(grid, step), value }],
    );
    const labels = { signal: signal.id, bound: String(bound ?? ""), world: name };
    return column.length === 0 ? [] : [{ name: METRIC, labels, samples: column }];
  });
}
