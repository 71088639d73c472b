import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { parse, stringify } from "yaml";
import { promtool } from "../lab/promtool.ts";
import { tempFolder } from "../lab/temp.ts";
import type { Scope, SignalOptions } from "../src/model/settings.ts";
import { HOUR } from "../src/model/time.ts";
import type { Reading, SignalDefinition } from "../src/signals/definition.ts";

/** What one source of a signal makes of some series; `src/signals/<id>.cases.yaml` is a list of these. */
export interface SignalCase {
  readonly name: string;
  readonly source: string;
  readonly scope?: Partial<Scope>;
  readonly options?: Partial<SignalOptions>;
  readonly windowMs?: number;
  /** Histograms: the share slower than this many seconds is what is expected. */
  readonly bound?: number;
  /** promtool's notation; a sample a minute. */
  readonly series: readonly { readonly series: string; readonly values: string }[];
  readonly at: string;
  readonly expect: number | "none";
}

export const GLAZE: Scope = {
  match: {},
  web: { namespace: "default", name: "glaze-web", container: null, service: null },
  worker: { namespace: "default", name: "glaze-worker", container: null, service: null },
  database: "glaze",
  redisLimitBytes: 1024 ** 3,
};

const OPTIONS: SignalOptions = { match: {}, of: 60, queue: "celery", minRequests: 0 };

export function readSignalCases(id: string): readonly SignalCase[] {
  const file = `src/signals/${id}.cases.yaml`;
  return existsSync(file) ? (parse(readFileSync(file, "utf8")) as readonly SignalCase[]) : [];
}

/** What promtool says against these cases; empty when it agrees. */
export async function failuresOf(
  definition: SignalDefinition,
  cases: readonly SignalCase[],
): Promise<string> {
  using folder = tempFolder("cases");
  const file = join(folder.path, "test.yml");
  const tests = cases.map((each) => testOf(definition, each));
  writeFileSync(file, stringify({ evaluation_interval: "1m", tests }, { aliasDuplicateObjects: false }));
  const { code, stdout, stderr } = await promtool(["test", "rules", file]);
  return code === 0 ? "" : `${stdout}${stderr}`;
}

function testOf(definition: SignalDefinition, each: SignalCase): object {
  return {
    interval: "1m",
    input_series: each.series,
    promql_expr_test: expressionsOf(definition, each).map((expr) => ({
      // promtool compares to the last bit; six decimals are what a case means.
      expr: `round(1e6 * (${expr})) / 1e6`,
      eval_time: each.at,
      exp_samples: each.expect === "none" ? [] : [{ labels: "{}", value: each.expect }],
    })),
  };
}

/** Sources of one name are the spellings of one exporter: the case means those that its series can feed. */
function expressionsOf(definition: SignalDefinition, each: SignalCase): readonly string[] {
  const scope = { ...GLAZE, ...each.scope };
  const windowMs = each.windowMs ?? HOUR;
  const sources = definition.sources(scope, { ...OPTIONS, ...each.options }, windowMs);
  const named = sources.filter(({ id }) => id === each.source);
  if (named.length === 0) throw new Error(`${definition.id} has no source ${each.source}: ${each.name}`);
  const present = new Set(each.series.map(({ series }) => series.replace(/\{.*/s, "")));
  const fed = named.filter(({ needs }) => needs.every((need) => present.has(need.replace(/\{.*/s, ""))));
  return (fed.length === 0 ? named.slice(0, 1) : fed).map(({ reading }) => expressionOf(reading, each));
}

function expressionOf(reading: Reading, { bound, name }: SignalCase): string {
  if (reading.kind === "value") return reading.expr;
  if (bound === undefined) throw new Error(`A histogram's case needs a bound: ${name}`);
  return reading.share(bound);
}
