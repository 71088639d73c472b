import type { MoveOrder } from "./order.ts";

/** Tells how many tables are compared, of how many. */
export function tellCompared({ tell }: MoveOrder): (done: number, all: number) => void {
  return (done, all) => tell({ kind: "progress", text: `${done}/${all} tables compared`, share: done / all });
}
