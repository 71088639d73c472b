import type { Cursor } from "./cursor.ts";

/** Watch comes before Act: the other way round Watch would never be seen. */
export function checkOrder(
  cursor: Cursor,
  { watch, act }: { readonly watch: number | null; readonly act: number | null },
): void {
  if (watch === null || act === null || watch <= act) return;
  const place = cursor.get("watch").node === null ? cursor.get("act") : cursor.get("watch");
  place.problem(`${cursor.path}: watch lies above act.`, "Swap the two, or write both.");
}
