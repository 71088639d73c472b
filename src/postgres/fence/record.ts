import type { Database } from "../database.ts";
import { readOwnRow } from "../ownRow.ts";
import { quoteName } from "../quote.ts";
import type { RunNames } from "../runNames.ts";

/** Who may write to one server's copy. `held`: nobody, until somebody decides or the time limit does. */
export type Writes = "open" | "held" | "closed";

/** The record of one side, kept in the database itself: it says the truth whoever died. */
export interface WriteRecord {
  readonly writes: Writes;
  /** Counts the holds: a timer lets go of its own hold only. */
  readonly hold: number;
}

/**
 * The record, the roles that lost their log-in, the marker, and the functions that change them in one
 * transaction each. A role's right to log in is as transactional as a row, and unlike a password it also closes
 * connections that pg_hba.conf trusts; nothing secret has to be kept to give it back.
 * By hand they are called by the move's own role, which alone is let in: `select outgrow_<id>.let_go();`
 */
export function recordScript({ schema, role }: RunNames, writes: Writes): string {
  const s = quoteName(schema);
  return `
create schema if not exists ${s};
create table if not exists ${s}.record (one bool primary key default true check (one), writes text not null, hold int not null);
create table if not exists ${s}.shut_out (role name primary key);
create table if not exists ${s}.marker (one bool primary key default true check (one), nonce text not null);
insert into ${s}.record (writes, hold) values ('${writes}', 0) on conflict do nothing;

create or replace function ${s}.hold() returns int language plpgsql set search_path = pg_catalog as $body$
declare r name; n int;
begin
  perform 1 from ${s}.record where record.writes = 'open' for update;
  if not found then return null; end if;
  for r in select rolname from pg_roles where ${MAY_BE_SHUT_OUT} and rolname not in (current_user, session_user, '${role}') loop
    execute format('alter role %I nologin', r);
    insert into ${s}.shut_out values (r);
  end loop;
  update ${s}.record set writes = 'held', hold = record.hold + 1 returning record.hold into n;
  return n;
end $body$;

create or replace function ${s}.let_in() returns void language plpgsql set search_path = pg_catalog as $body$
declare r name;
begin
  for r in select shut_out.role from ${s}.shut_out loop execute format('alter role %I login', r); end loop;
  delete from ${s}.shut_out;
  update ${s}.record set writes = 'open';
end $body$;

create or replace function ${s}.let_go(which int default null) returns bool language plpgsql set search_path = pg_catalog as $body$
begin
  perform 1 from ${s}.record where record.writes = 'held' and record.hold = coalesce(which, record.hold) for update;
  if not found then return false; end if;
  perform ${s}.let_in();
  return true;
end $body$;

create or replace function ${s}.time_is_over(which int) returns bool language plpgsql set search_path = pg_catalog as $body$
begin
  perform 1 from ${s}.record where record.hold < which;
  if found then raise exception 'writes are not held yet'; end if;
  return ${s}.let_go(which);
end $body$;

create or replace function ${s}.close(which int) returns bool language plpgsql set search_path = pg_catalog as $body$
begin
  update ${s}.record set writes = 'closed' where record.writes = 'held' and record.hold = which;
  return found;
end $body$;

create or replace function ${s}.reopen() returns bool language plpgsql set search_path = pg_catalog as $body$
begin
  perform 1 from ${s}.record where record.writes = 'closed' for update;
  if not found then return false; end if;
  perform ${s}.let_in();
  return true;
end $body$;
`;
}

/** A superuser shuts out everybody; another administrator those it may alter: https://www.postgresql.org/docs/current/role-attributes.html */
const MAY_BE_SHUT_OUT = `rolcanlogin and (
      (select rolsuper from pg_roles me where me.rolname = current_user)
      or (not rolsuper and (current_setting('server_version_num')::int < 160000 or pg_has_role(oid, 'MEMBER WITH ADMIN OPTION'))))`;

/** `null`: there is no record, so this move never touched the database. */
export function readRecord(database: Database, { schema }: RunNames): Promise<WriteRecord | null> {
  return readOwnRow(database, `${quoteName(schema)}.record`, "writes, hold");
}
