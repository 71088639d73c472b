import { isoInstant, SECOND } from "../model/time.ts";
import type { Backtest } from "../trigger/backtest.ts";
import type { Held } from "../trigger/held.ts";
import type { NearMiss } from "../trigger/nearest.ts";

/** The document of `backtest --json` (DESIGN section 4). `to: null` means it still held at the end. */
export function backtestJson(backtest: Backtest): unknown {
  return {
    from: isoInstant(backtest.from),
    to: isoInstant(backtest.to),
    interval: backtest.intervalMs / SECOND,
    evaluations: backtest.evaluations,
    episodes: backtest.episodes.map((episode) => ({ ...heldJson(episode), signals: episode.signals })),
    signals: backtest.signals.map(({ id, coverage, watch, act }) => ({
      id,
      coverage,
      watch: watch.map(heldJson),
      act: act.map(heldJson),
    })),
    nearest: backtest.nearest.map(nearMissJson),
  };
}

function heldJson({ from, to }: Held): { readonly from: string; readonly to: string | null } {
  return { from: isoInstant(from), to: to === null ? null : isoInstant(to) };
}

function nearMissJson({ at, score, signals }: NearMiss): unknown {
  return {
    at: isoInstant(at),
    score,
    signals: signals.map(({ signal, heldMs }) => ({ id: signal, heldSeconds: heldMs / SECOND })),
  };
}
