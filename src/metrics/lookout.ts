import { alignedGrid, type Grid, instantAt, MINUTE, SECOND, type Span } from "../model/time.ts";
import type { InstantSample, PrometheusApi } from "./api.ts";

/** A few instants all over a span, the newest among them: enough to see what exists, cheap over a month. */
export type Lookout = readonly Grid[];

const INSTANTS = 60;

/** Evenly spaced instants and the one that is judged last, so that an exporter installed today is seen in a month, too. */
export function createLookout({ from, to }: Span): Lookout {
  const step = Math.max(MINUTE, Math.ceil((to - from) / (INSTANTS - 1) / MINUTE) * MINUTE);
  const even = alignedGrid(from, to, step);
  const newest: Grid = { from: Math.floor(to / SECOND) * SECOND, step: MINUTE, count: 1 };
  if (even.count === 0) return [newest];
  return instantAt(even, even.count - 1) === newest.from ? [even] : [even, newest];
}

/** What `expr` gives at each instant of the lookout, in order. */
export async function lookAround(
  api: PrometheusApi,
  expr: string,
  lookout: Lookout,
): Promise<readonly (readonly InstantSample[])[]> {
  const parts = await Promise.all(
    lookout.map(async (grid) => {
      const series = await api.queryRange(expr, grid);
      return Array.from({ length: grid.count }, (_, index) =>
        series
          .map(({ labels, values }) => ({ labels, value: values[index] ?? Number.NaN }))
          .filter(({ value }) => !Number.isNaN(value)),
      );
    }),
  );
  return parts.flat();
}
