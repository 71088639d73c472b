const STRIDE = Number(process.env.OUTGROW_CRASH_STRIDE ?? 1);
const FIRST = Number(process.env.OUTGROW_CRASH_FIRST ?? 1);

/** A long proof may be cut into slices: each `OUTGROW_CRASH_STRIDE`th from the `OUTGROW_CRASH_FIRST` on, counted from 1. */
export function sliceOf<T>(all: readonly T[]): readonly T[] {
  return all.filter((_, index) => index + 1 >= FIRST && (index + 1 - FIRST) % STRIDE === 0);
}
