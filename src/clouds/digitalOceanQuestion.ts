import type { Secret } from "../model/secret.ts";
import type { Millis } from "../model/time.ts";

/** How to reach DigitalOcean's API. */
export interface DigitalOceanAccess {
  /** `https://api.digitalocean.com`; the laboratory has its own. */
  readonly origin: string;
  readonly token: Secret;
  readonly timeoutMs: Millis;
}

export interface Question {
  readonly method: "GET" | "PUT" | "DELETE";
  readonly path: string;
  readonly body?: unknown;
  /** What is in the body and must be in no message, even where an answer repeats it. */
  readonly secret?: Secret;
  /** A 404 is an answer too. */
  readonly mayBeMissing?: boolean;
  /** What to do when the token may not: the scopes that are needed. */
  readonly deniedHint: string;
}
