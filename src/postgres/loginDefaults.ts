import { MINUTE, type Millis } from "../model/time.ts";

/**
 * Against what a server, a database or a role gives every session at log-in: limits that end long work, and ways to write that
 * differ. For sessions that are not `openDatabase`'s, so that nobody sets them up after log-in: those of programs, and of the other server.
 */
export const LOGIN_DEFAULTS: Readonly<Record<string, string>> = {
  statement_timeout: "0",
  lock_timeout: "0",
  idle_in_transaction_session_timeout: "0",
  tcp_user_timeout: "0",
  default_transaction_read_only: "off",
  // pg_dump writes definitions as these two have them, and reads neither.
  standard_conforming_strings: "on",
  quote_all_identifiers: "off",
};

/** Limits that newer servers have, asked for by name where they are there. */
export const NEWER_LIMITS: readonly string[] = ["idle_session_timeout", "transaction_timeout"];

/** A statement for a session that is open. */
export const WITHOUT_NEWER_LIMITS = `select set_config(name, '0', false) from pg_settings where name in (${NEWER_LIMITS.map((name) => `'${name}'`).join(", ")})`;

/**
 * A session that is told to end says so to the other end first. Where that takes nothing more and does not end either, the session
 * waits for ever with its slot; a checkpoint that is to give up the slot waits for the session, and the disk fills
 * (`ProcessClientWriteInterrupt` in https://github.com/postgres/postgres/blob/REL_17_STABLE/src/backend/tcop/postgres.c). It is as
 * long as a server waits for an answer of its followers where nobody told it otherwise (`wal_sender_timeout`).
 */
export const TAKES_NOTHING: Millis = MINUTE;
