import type { Secret } from "./secret.ts";

/** A provider's own way to copy a database to its server and to follow it there. */
export interface OnlineMigration {
  /** Names under which the provider's server is reached, public and private. Throws `not-found` where there is no such database. */
  readHosts(): Promise<readonly string[]>;
  /** The most recent one; `null`: there never was one. */
  readLast(): Promise<MigrationState | null>;
  /** Begins one; gives its id. Not safe to repeat: whoever lost the answer looks first. */
  start(source: MigrationSource): Promise<string>;
  /** Asks for its end. Safe to repeat: one that has ended already is none to be stopped. */
  stop(id: string): Promise<void>;
}

export interface MigrationState {
  readonly id: string;
  readonly status: "running" | "syncing" | "canceled" | "error" | "done";
}

/** The server that is copied, as the provider's reaches it. */
export interface MigrationSource {
  readonly host: string;
  readonly port: number;
  readonly database: string;
  readonly user: string;
  readonly password: Secret;
  readonly isEncrypted: boolean;
  readonly ignoredDatabases: readonly string[];
}
