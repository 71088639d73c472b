import { DAY, type EpochMs, MINUTE } from "../../src/model/time.ts";
import type { SampledSeries } from "../openMetrics.ts";

/** Thirteen signals, one series each: what is measured is the rule and its reading, not anybody's PromQL. */
export const SIGNAL_COUNT = 13;
export const END: EpochMs = Date.UTC(2026, 10, 22);
export const METRIC = "bench_signal";

export function signalNames(): readonly string[] {
  return Array.from({ length: SIGNAL_COUNT }, (_, index) => `bench-${index + 1}`);
}

/** `days` of a daily wave with noise; every second signal has a bad afternoon every ninth day. */
export function history(days: number): readonly SampledSeries[] {
  return signalNames().map((signal, index) => ({
    name: METRIC,
    labels: { signal },
    samples: samplesOf(index, days),
  }));
}

export function samplesOf(signalIndex: number, days: number): { at: EpochMs; value: number }[] {
  const random = generator(signalIndex + 1);
  const count = (days * DAY) / MINUTE;
  return Array.from({ length: count }, (_, step) => {
    const at = END - (count - 1 - step) * MINUTE;
    return { at, value: valueAt(at, signalIndex, random()) };
  });
}

function valueAt(at: EpochMs, signalIndex: number, noise: number): number {
  const timeOfDay = (at % DAY) / DAY;
  const wave = 0.35 + 0.2 * Math.sin(2 * Math.PI * (timeOfDay - 0.4)) + 0.1 * noise;
  const isBadDay = Math.floor(at / DAY) % 9 === 0 && signalIndex % 2 === 0;
  const isAfternoon = timeOfDay > 0.7 && timeOfDay < 0.76;
  return Number((isBadDay && isAfternoon ? wave + 0.4 : wave).toFixed(4));
}

/** A small fixed pseudo-random generator (mulberry32), so that every run sees the same history. */
function generator(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

/** The same rule for outgrow: Watch above 0.6, Act above 0.8, usage hours 08:00 to 23:00 in New York. */
export function configText(origin: string): string {
  const signals = signalNames().map(
    (signal) => `  ${signal}: { expr: '${METRIC}{signal="${signal}"}', kind: level, watch: 0.6, act: 0.8 }`,
  );
  return `version: 1
cluster: { name: bench }
metrics: { prometheus: { url: "${origin}" } }
usageHours: { timeZone: America/New_York, days: [mon, tue, wed, thu, fri, sat, sun], from: "08:00", to: "23:00" }
trigger: { atLeast: 2, sustained: 30m, interval: 1m }
signals:
${STOCK.map((signal) => `  ${signal}: off`).join("\n")}
${signals.join("\n")}
`;
}

const STOCK = [
  "node-cpu",
  "web-throttling",
  "node-memory",
  "oom-kills",
  "latency-p95",
  "latency-p99",
  "postgres-connections",
  "postgres-latency-p95",
  "redis-memory",
  "celery-depth",
  "celery-age",
  "http-5xx",
  "pod-restarts",
];
