const REDACTED = "[redacted]";

/**
 * A value that shows itself only to `reveal()`. Printing, logging, inspecting or
 * serialising it gives `[redacted]`, so that no journal, plan or log can leak it by accident.
 */
export class Secret {
  readonly #value: string;

  constructor(value: string) {
    this.#value = value;
  }

  reveal(): string {
    return this.#value;
  }

  toString(): string {
    return REDACTED;
  }

  toJSON(): string {
    return REDACTED;
  }

  [Symbol.for("nodejs.util.inspect.custom")](): string {
    return REDACTED;
  }
}

/** Where a secret is kept; the only way a configuration may name one. */
export type SecretRef = { readonly env: string } | { readonly file: string };
