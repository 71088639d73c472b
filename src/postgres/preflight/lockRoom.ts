/**
 * How many things one transaction may lock where nobody else locks any: the least that the server makes room for, in SQL.
 * https://www.postgresql.org/docs/current/runtime-config-locks.html#GUC-MAX-LOCKS-PER-TRANSACTION
 */
export const LOCK_ROOM = `current_setting('max_locks_per_transaction')::int * (current_setting('max_connections')::int
  + current_setting('max_prepared_transactions')::int + current_setting('max_wal_senders')::int + current_setting('max_worker_processes')::int)`;
