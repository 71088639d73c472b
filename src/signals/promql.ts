import type { Labels } from "../model/settings.ts";

/** Makes selectors that all carry the same labels. */
export type Select = (name: string, labels?: Labels) => string;

/**
 * `select("up", { job: "=~node.*" })` → `up{cluster="glaze",job=~"node.*"}`. A label that is
 * named twice must match both times, so the user's own `match` narrows and never replaces.
 */
export function selectWith(...common: readonly Labels[]): Select {
  return (name, labels = {}) => {
    const matchers = [...common, labels].flatMap((each) => Object.entries(each).map(matcher));
    return matchers.length === 0 ? name : `${name}{${matchers.join(",")}}`;
  };
}

/** A value may begin with `=~`, `!~` or `!=`; anything else must be equal. */
function matcher([label, value]: readonly [string, string]): string {
  const operator = /^(=~|!~|!=)/.exec(value)?.[0] ?? "=";
  const text = operator === "=" ? value : value.slice(operator.length);
  return `${label}${operator}${JSON.stringify(text)}`;
}

/** Any of the words, each taken literally, as a label's value. */
export function anyOf(...words: readonly string[]): string {
  return `=~${words.map(literal).join("|")}`;
}

/** A word as a part of a regular expression (RE2). */
export function literal(word: string): string {
  return word.replace(/[\\^$.*+?()[\]{}|]/g, "\\$&");
}

/** `0.5` → `=~0?[.]50*`: exporters write one bound in several spellings. https://prometheus.io/docs/prometheus/latest/migration/#le-and-quantile-label-values */
export function leOf(bound: number): string {
  const plain = String(bound);
  const spellings = Number.isInteger(bound) ? [plain, `${plain}.0`] : [plain];
  return anyOf(...spellings, bound.toExponential().replace(/e([+-])(\d)$/, "e$10$2"));
}

/**
 * Absent means zero only while `companion` shows that the target is alive: a counter that
 * appears with its first event is no reason to be blind, a dead exporter is.
 */
export function orZeroWhile(companion: string, expr: string): string {
  return `(${expr}) or 0 * max(${companion})`;
}

/** The value only while there is enough traffic for it to mean something. */
export function whileBusy(requests: string, atLeast: number, expr: string): string {
  return `(${expr}) and on() (${requests} >= ${atLeast})`;
}

/** A trailing window in PromQL: `60m`, `90s`. */
export function windowOf(ms: number): string {
  return ms % 60_000 === 0 ? `${ms / 60_000}m` : `${Math.round(ms / 1000)}s`;
}
