import { setTimeout as sleep } from "node:timers/promises";
import { type EpochMs, type Grid, instantAt } from "../model/time.ts";
import { accessHeaders, type PrometheusAccess, withoutSecrets } from "./access.ts";
import { parseAddress } from "./address.ts";
import type { PrometheusApi } from "./api.ts";
import { readAuthority } from "./authority.ts";
import { chunks } from "./chunks.ts";
import { openEnvelope, unexpected } from "./envelope.ts";
import { refusal } from "./refusal.ts";
import { type RetryHooks, withRetries } from "./retry.ts";
import { collectSeries, readInstant } from "./samples.ts";
import { createTransport, type Question } from "./transport.ts";

export interface PrometheusHooks extends Partial<RetryHooks> {
  /** Told each warning of the server once. */
  readonly warn: (text: string) => void;
  /** The most one answer may weigh, unpacked. */
  readonly limitBytes?: number;
}

/** One question to the API: `path` after the base, its parameters, and the expression for messages. */
interface ApiQuestion {
  readonly path: string;
  readonly expr: string;
  readonly query?: Readonly<Record<string, string>>;
  readonly form?: Readonly<Record<string, string>>;
}

/** An answer's data and, for messages, where it came from. */
type Ask = (question: ApiQuestion) => Promise<{ readonly data: unknown; readonly where: string }>;

/** 80 series of 11,000 points; one is what an instrument gives. See docs/decisions/010. */
const LIMIT_BYTES = 32 * 1024 * 1024;

/** A client for Prometheus, Mimir, Grafana Cloud and VictoriaMetrics. Asks nothing until it is used. */
export function createPrometheus(access: PrometheusAccess, hooks: PrometheusHooks): PrometheusApi {
  const ask = createAsk(access, hooks);
  return {
    async query(expr, at) {
      const { data, where } = await ask({
        path: "/api/v1/query",
        expr,
        form: { query: expr, time: seconds(at), ...FRESH },
      });
      return readInstant(data, where);
    },
    async queryRange(expr, grid) {
      const path = "/api/v1/query_range";
      const series = collectSeries(grid);
      for (const part of chunks(grid)) {
        const { data, where } = await ask({
          path,
          expr,
          form: { query: expr, ...rangeForm(part), ...FRESH },
        });
        series.add(data, where);
      }
      return series.finish();
    },
    async labelValues(label, selector, span) {
      const query = { "match[]": selector, start: seconds(span.from), end: seconds(span.to) };
      const { data, where } = await ask({
        path: `/api/v1/label/${encodeURIComponent(label)}/values`,
        expr: selector,
        query,
      });
      if (!isTexts(data)) throw unexpected(where, "label values that are no texts");
      return data;
    },
  };
}

/** VictoriaMetrics shifts and caches ranges unless told not to; others ignore it. */
const FRESH = { nocache: "1" };

function createAsk(access: PrometheusAccess, hooks: PrometheusHooks): Ask {
  const { origin, path } = parseAddress(access.url);
  const transport = createTransport({
    origin,
    headers: accessHeaders(access),
    ca: access.caFile === null ? null : readAuthority(access.caFile),
    timeoutMs: access.timeoutMs,
    limitBytes: hooks.limitBytes ?? LIMIT_BYTES,
  });
  const patience: RetryHooks = { now: hooks.now ?? Date.now, sleep: hooks.sleep ?? sleep };
  const clean = (text: string) => withoutSecrets(text, access);
  const warn = once(hooks.warn);
  return async (question) => {
    const where = origin + path + question.path;
    const reply = await withRetries(() => transport(onTheWire(path, question)), patience);
    if (reply.status !== 200) throw refusal(reply, where, question.expr, clean);
    const { data, remarks } = openEnvelope(reply, where);
    for (const remark of remarks) warn(`Prometheus: ${clean(remark)}`);
    return { data, where };
  };
}

function onTheWire(base: string, { path, query, form }: ApiQuestion): Question {
  const target = base + path + (query === undefined ? "" : `?${new URLSearchParams(query)}`);
  return form === undefined ? { path: target } : { path: target, form: new URLSearchParams(form).toString() };
}

function rangeForm(grid: Grid): { readonly start: string; readonly end: string; readonly step: string } {
  return {
    start: seconds(grid.from),
    end: seconds(instantAt(grid, grid.count - 1)),
    step: seconds(grid.step),
  };
}

function seconds(ms: EpochMs): string {
  return String(ms / 1000);
}

function isTexts(data: unknown): data is readonly string[] {
  return Array.isArray(data) && data.every((value) => typeof value === "string");
}

function once(tell: (text: string) => void): (text: string) => void {
  const told = new Set<string>();
  return (text) => {
    if (told.has(text)) return;
    told.add(text);
    tell(text);
  };
}
