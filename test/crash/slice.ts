const STRIDE = Number(process.env.OUTGROW_CRASH_STRIDE ?? 1);
const FIRST = Number(process.env.OUTGROW_CRASH_FIRST ?? 1);

/** A long proof may be cut into slices: each `OUTGROW_CRASH_STRIDE`th from the `OUTGROW_CRASH_FIRST` on, counted from 1. */
export function sliceOf<T>(all: readonly T[]): readonly T[] {
  return all.filter((_, index) => index + 1 >= FIRST && (index + 1 - FIRST) % STRIDE === 0);
}

const isLong = process.env.OUTGROW_LONG !== undefined;

/** Of so many boundaries, counted from 1: those at these shares of all, in the long proof every one of the slice. */
export function boundariesAt(shares: readonly number[], count: number): readonly number[] {
  if (!isLong) return shares.map((share) => Math.ceil(count * share));
  return sliceOf(Array.from({ length: count }, (_, index) => 1 + index));
}
