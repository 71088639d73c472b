/** Several things to know before believing a source, as one text; `undefined` when there is nothing. */
export function caveats(...texts: readonly (string | undefined)[]): string | undefined {
  const known = texts.filter((text) => text !== undefined);
  return known.length === 0 ? undefined : known.join("; ");
}
