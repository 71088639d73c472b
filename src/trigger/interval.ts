/** The share of observations slower than a bound. */
export interface Share {
  readonly boundSeconds: number;
  readonly share: number;
}

/** Where a quantile must lie: above `above`, at most `atMost` (0 and infinity when nothing is known). */
export interface QuantileInterval {
  readonly above: number;
  readonly atMost: number;
}

/** The tightest interval the shares prove; `tail` is 0.05 for a p95. `null` without a single share. */
export function quantileInterval(shares: readonly Share[], tail: number): QuantileInterval | null {
  const known = shares.filter(({ share }) => !Number.isNaN(share));
  if (known.length === 0) return null;
  const slower = known.filter(({ share }) => share > tail).map(({ boundSeconds }) => boundSeconds);
  const covered = known.filter(({ share }) => share <= tail).map(({ boundSeconds }) => boundSeconds);
  return { above: Math.max(0, ...slower), atMost: Math.min(Number.POSITIVE_INFINITY, ...covered) };
}

/** Turns a classic histogram's cumulative bucket rates, any order, into shares above each finite bound. */
export function sharesOfBuckets(
  buckets: readonly { readonly le: number; readonly rate: number }[],
): readonly Share[] {
  const total = Math.max(0, ...buckets.map(({ rate }) => rate));
  if (total === 0) return [];
  return buckets
    .filter(({ le }) => Number.isFinite(le))
    .map(({ le, rate }) => ({ boundSeconds: le, share: 1 - rate / total }));
}
