import { OutgrowError } from "../model/error.ts";
import type { History } from "../model/history.ts";
import type { Instrument } from "../model/signal.ts";
import type { Grid } from "../model/time.ts";
import type { PrometheusApi } from "./api.ts";
import { isOwnFault } from "./ownFault.ts";

export interface HistoryReading {
  readonly history: History;
  /** By index into `history.columns`: the queries that failed by their own fault. */
  readonly failures: ReadonlyMap<number, OutgrowError>;
}

/** Expressions under way at once: enough to keep the client's connections busy. */
const AT_ONCE = 4;

/**
 * Reads the columns of all instruments over `grid`, equal expressions once. A column whose
 * query is refused, too slow or too large costs only itself; any other failure is thrown.
 */
export async function readHistory(
  api: PrometheusApi,
  instruments: readonly Instrument[],
  grid: Grid,
  onProgress: (done: number, total: number) => void = () => undefined,
): Promise<HistoryReading> {
  const wanted = instruments.flatMap(({ columns }) => columns.map(({ expr }) => expr));
  const exprs = [...new Set(wanted)];
  const answers = new Map<string, Float64Array | OutgrowError>();
  await eachOf(exprs, async (expr) => {
    answers.set(expr, await readColumn(api, expr, grid));
    onProgress(answers.size, exprs.length);
  });
  return assemble(wanted, answers, grid);
}

async function readColumn(
  api: PrometheusApi,
  expr: string,
  grid: Grid,
): Promise<Float64Array | OutgrowError> {
  try {
    const [first, ...others] = await api.queryRange(expr, grid);
    return others.length > 0 ? manySeries(expr, others.length + 1) : (first?.values ?? noValues(grid));
  } catch (error) {
    if (isOwnFault(error)) return error;
    throw error;
  }
}

function manySeries(expr: string, count: number): OutgrowError {
  return new OutgrowError("bad-query", `The expression gives ${count} series where one is needed: ${expr}`, {
    hint: "Wrap it in sum() or max(), or narrow it to one series.",
  });
}

function assemble(
  wanted: readonly string[],
  answers: ReadonlyMap<string, Float64Array | OutgrowError>,
  grid: Grid,
): HistoryReading {
  const failures = new Map<number, OutgrowError>();
  const columns = wanted.map((expr, index) => {
    const answer = answers.get(expr);
    if (answer instanceof OutgrowError) failures.set(index, answer);
    return answer instanceof Float64Array ? answer : noValues(grid);
  });
  return { history: { grid, columns }, failures };
}

function noValues(grid: Grid): Float64Array {
  return new Float64Array(grid.count).fill(Number.NaN);
}

/** A few at a time; after a failure nothing more is begun. */
async function eachOf<T>(items: readonly T[], work: (item: T) => Promise<void>): Promise<void> {
  const queue = [...items];
  const worker = async () => {
    for (let item = queue.shift(); item !== undefined; item = queue.shift()) await work(item);
  };
  const stop = (error: unknown) => {
    queue.length = 0;
    throw error;
  };
  await Promise.all(Array.from({ length: AT_ONCE }, () => worker().catch(stop)));
}
