import type { EpochMs } from "../src/model/time.ts";

/** One series with its samples, ascending. */
export interface SampledSeries {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly samples: readonly { readonly at: EpochMs; readonly value: number }[];
}

/** The text that `promtool tsdb create-blocks-from openmetrics` loads. */
export function openMetrics(series: readonly SampledSeries[]): string {
  return `${series.map(seriesText).join("")}# EOF\n`;
}

/** Without types: every name stands for itself, `_total` and `_bucket` included. */
function seriesText({ name, labels, samples }: SampledSeries): string {
  const labelText = Object.entries(labels)
    .map(([label, value]) => `${label}=${JSON.stringify(value)}`)
    .join(",");
  return samples.map(({ at, value }) => `${name}{${labelText}} ${numberText(value)} ${at / 1000}\n`).join("");
}

function numberText(value: number): string {
  if (Number.isNaN(value)) return "NaN";
  if (Number.isFinite(value)) return String(value);
  return value > 0 ? "+Inf" : "-Inf";
}
