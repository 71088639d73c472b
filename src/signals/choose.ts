/** A source that is this much behind the best still counts as equal: a restart is no reason to change sources. */
const TIE = 0.05;

/** The share of instants at which everything a source needs was there; one list of instants per need. */
export function coverage(needs: readonly (readonly boolean[])[]): number {
  const [first] = needs;
  if (first === undefined || first.length === 0) return 0;
  return first.filter((_, instant) => needs.every((seen) => seen[instant] === true)).length / first.length;
}

/** The index of the source to read: the one with the best coverage, the earlier of equals; `null` when all are empty. */
export function chooseSource(coverages: readonly number[]): number | null {
  const best = Math.max(0, ...coverages);
  if (best === 0) return null;
  return coverages.findIndex((share) => share > 0 && share >= best - TIE);
}
