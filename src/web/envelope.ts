/** The lowest and highest value of each cell; `null` where no value was. */
export interface Cell {
  readonly low: number;
  readonly high: number;
}

/** Folds `values` into at most `count` cells, so that no peak is lost. */
export function envelope(values: Float64Array, count: number): readonly (Cell | null)[] {
  const { length } = values;
  const cells = Math.min(count, length);
  return Array.from({ length: cells }, (_, cell) => {
    const from = Math.floor((cell * length) / cells);
    const to = Math.floor(((cell + 1) * length) / cells);
    return extremes(values, from, to);
  });
}

function extremes(values: Float64Array, from: number, to: number): Cell | null {
  let low = Number.POSITIVE_INFINITY;
  let high = Number.NEGATIVE_INFINITY;
  for (let index = from; index < to; index++) {
    const value = values[index] ?? Number.NaN;
    if (value < low) low = value;
    if (value > high) high = value;
  }
  return low <= high ? { low, high } : null;
}

/** Unbroken rows of cells with values, each with the place of its first. */
export function stretches(
  cells: readonly (Cell | null)[],
): readonly { readonly first: number; readonly cells: readonly Cell[] }[] {
  const found: { first: number; cells: Cell[] }[] = [];
  cells.forEach((cell, index) => {
    if (cell === null) return;
    const last = found.at(-1);
    if (last !== undefined && last.first + last.cells.length === index) last.cells.push(cell);
    else found.push({ first: index, cells: [cell] });
  });
  return found;
}
