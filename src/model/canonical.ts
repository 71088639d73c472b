/** JSON with sorted keys: equal values give equal texts. What JSON does not know is left out, as JSON does. */
export function canonicalJson(value: unknown): string {
  return JSON.stringify(value, (_key, inner: unknown) =>
    typeof inner === "object" && inner !== null && !Array.isArray(inner) ? sorted(inner) : inner,
  );
}

function sorted(object: object): unknown {
  return Object.fromEntries(Object.entries(object).sort(([a], [b]) => (a < b ? -1 : 1)));
}

/** A hash of a text in hexadecimal, given in by whoever may compute one: SHA-256 in the product. */
export type Hash = (text: string) => string;
