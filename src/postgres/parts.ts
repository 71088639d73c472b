/** A list in parts of so many: a server has no room for the locks of thousands, nor for texts without end. */
export function* partsOf<T>(all: readonly T[], size: number): Generator<readonly T[]> {
  for (let at = 0; at < all.length; at += size) yield all.slice(at, at + size);
}
