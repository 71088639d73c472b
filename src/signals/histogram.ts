import type { Labels } from "../model/settings.ts";
import type { BoundSet } from "./bounds.ts";
import type { Source } from "./definition.ts";
import { leOf, type Select, whileBusy } from "./promql.ts";
import { exactRatio, total } from "./ratio.ts";

/** A histogram of seconds that observes one request, query or task at a time. */
export interface Histogram {
  /** The source that reads it, `traefik-service`; its native form is `traefik-service-native`. */
  readonly id: string;
  /** Without `_bucket`. */
  readonly metric: string;
  readonly labels: Labels;
  /** The one the signal is about, 0.95 for a p95. */
  readonly quantile: number;
  readonly minRequests: number;
  readonly caveat?: string | undefined;
  /** How it gets the bounds it lacks. */
  readonly boundsFix?: (missing: BoundSet) => string;
}

/**
 * Both forms a histogram may be stored in. The classic one first: a native histogram may be made of
 * classic buckets (NHCB), and would then be interpolated where the classic one honestly cannot tell.
 */
export function histogramSources(select: Select, histogram: Histogram): readonly Source[] {
  return [classicSource(select, histogram), nativeSource(select, histogram)];
}

function classicSource(select: Select, histogram: Histogram): Source {
  const { id, metric, labels, minRequests, caveat, boundsFix } = histogram;
  const bucketSelector = select(`${metric}_bucket`, labels);
  const all = select(`${metric}_bucket`, { ...labels, le: "+Inf" });
  const share = (bound: number) => {
    const fast = select(`${metric}_bucket`, { ...labels, le: leOf(bound) });
    return whileBusy(total("increase", all), minRequests, slowerShare(fast, all));
  };
  return {
    id,
    needs: [bucketSelector],
    reading: { kind: "buckets", bucketSelector, share, rates: bucketRates(bucketSelector) },
    ...(caveat === undefined ? {} : { caveat }),
    ...(boundsFix === undefined ? {} : { boundsFix }),
  };
}

/**
 * Only while every sample of the window has the bound: where a new configuration or a second
 * pod lacks it, its requests would all look slow.
 */
function slowerShare(fast: string, all: string): string {
  const share = exactRatio(`1 - ${total("rate", fast)} / (${total("rate", all)} > 0)`);
  return `${share} and on () (${total("count_over_time", fast)} == ${total("count_over_time", all)})`;
}

/** A bound that some series lack, or spell another way (`1` and `1.0`), is left out for the same reason. */
function bucketRates(selector: string): string {
  const rates = `rate(${selector}[5m])`;
  return `sum by (le) (${rates}) and (count by (le) (${rates}) == scalar(max(count by (le) (${rates}))))`;
}

/** The bare name is a native histogram's or a summary's; only the latter has `quantile`. */
function nativeSource(select: Select, histogram: Histogram): Source {
  const { id, metric, labels, quantile, minRequests, caveat } = histogram;
  const selector = select(metric, { ...labels, quantile: "" });
  const requests = `histogram_count(${total("increase", selector)})`;
  const rate = total("rate", selector);
  const share = (bound: number) =>
    whileBusy(requests, minRequests, exactRatio(`1 - (histogram_fraction(0, ${bound}, ${rate}) >= 0)`));
  return {
    id: `${id}-native`,
    needs: [selector],
    reading: { kind: "native", share, quantile: `histogram_quantile(${quantile}, ${rate})` },
    ...(caveat === undefined ? {} : { caveat }),
  };
}
