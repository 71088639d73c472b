import type { Resource } from "./resources.ts";
import type { World } from "./world.ts";

export interface User {
  readonly name: string;
  readonly groups: readonly string[];
}

/** What a path names. */
export interface Target {
  readonly resource: Resource;
  readonly namespace: string | undefined;
  readonly name: string | undefined;
  readonly subresource: string | undefined;
}

/** One request, read and understood. */
export interface Call {
  readonly world: World;
  readonly method: string;
  readonly target: Target;
  readonly query: URLSearchParams;
  readonly user: User;
  /** Who owns the fields it sets: `fieldManager`, or the program of the User-Agent. */
  readonly manager: string;
  readonly isDryRun: boolean;
  readonly contentType: string;
  /** Parsed; `undefined` when there is none. */
  readonly body: unknown;
}

export interface Answer {
  readonly status: number;
  readonly body: unknown;
}
