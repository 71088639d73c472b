import type { Instrument } from "../model/signal.ts";

/** One signal of a rule, and how it is read; `null` when nothing can be asked. */
export interface Reader {
  readonly id: string;
  readonly instrument: Instrument | null;
}

/** Where a reader's columns stand in a `History`. */
export interface Seat extends Reader {
  readonly offset: number;
  readonly width: number;
}

/** A history holds the columns of all instruments one after the other, in the readers' order. */
export function seatReaders(readers: readonly Reader[]): readonly Seat[] {
  let next = 0;
  return readers.map((reader) => {
    const width = reader.instrument?.columns.length ?? 0;
    const offset = next;
    next += width;
    return { ...reader, offset, width };
  });
}

/** Whether any of the seat's columns is among `columns` (of failed queries, say). */
export function seatHolds({ offset, width }: Seat, columns: { has(column: number): boolean }): boolean {
  for (let column = offset; column < offset + width; column++) {
    if (columns.has(column)) return true;
  }
  return false;
}
