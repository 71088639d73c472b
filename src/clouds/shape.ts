/** A field of the right type, or a plain `Error` that names it. */
export function stringAt(object: Readonly<Record<string, unknown>>, key: string): string {
  const value = object[key];
  if (typeof value !== "string") throw new Error(`${key} is ${JSON.stringify(value)}, not a text`);
  return value;
}

export function numberAt(object: Readonly<Record<string, unknown>>, key: string): number {
  const value = object[key];
  if (typeof value !== "number") throw new Error(`${key} is ${JSON.stringify(value)}, not a number`);
  return value;
}

export function booleanAt(object: Readonly<Record<string, unknown>>, key: string): boolean {
  const value = object[key];
  if (typeof value !== "boolean") throw new Error(`${key} is ${JSON.stringify(value)}, not true or false`);
  return value;
}

/** Empty where nothing is written. */
export function arrayAt(object: Readonly<Record<string, unknown>>, key: string): readonly unknown[] {
  const value = object[key] ?? [];
  if (!Array.isArray(value)) throw new Error(`${key} is ${JSON.stringify(value)}, not a list`);
  return value;
}

export function objectOf(value: unknown, what: string): Readonly<Record<string, unknown>> {
  if (typeof value !== "object" || value === null || Array.isArray(value))
    throw new Error(`${what} is no object`);
  return value as Readonly<Record<string, unknown>>;
}
