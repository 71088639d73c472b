/**
 * A stand-in for the extension aiven_extras, which is not to be had here: the functions by which an administrator who is no superuser
 * subscribes, with the names, arguments and effects of https://github.com/aiven/aiven-extras. `trusted` stands in for the list of
 * extensions that such servers let their administrators make.
 */
export const AIVEN_EXTRAS: Readonly<Record<string, string>> = {
  "aiven_extras.control": `
default_version = '1.0'
relocatable = false
schema = aiven_extras
superuser = true
trusted = true
`,
  "aiven_extras--1.0.sql": `
create function aiven_extras.ask(text, text) returns setof record language c strict as '$libdir/dblink', 'dblink_record';

create function aiven_extras.pg_create_subscription(name text, connection text, publication text, slot text, makes_slot boolean = false, copies boolean = true)
returns void language plpgsql security definer set search_path = pg_catalog, aiven_extras as $body$
begin
  if makes_slot then
    perform 1 from aiven_extras.ask(connection, format('select pg_create_logical_replication_slot(%L, %L)::text', slot, 'pgoutput')) as made (answer text);
  end if;
  execute format('create subscription %I connection %L publication %I with (slot_name = %L, create_slot = false, copy_data = %s)', name, connection, publication, slot, copies::text);
end $body$;

create function aiven_extras.pg_alter_subscription_enable(name text)
returns void language plpgsql security definer set search_path = pg_catalog as $body$
begin execute format('alter subscription %I enable', name); end $body$;

create function aiven_extras.pg_alter_subscription_disable(name text)
returns void language plpgsql security definer set search_path = pg_catalog as $body$
begin execute format('alter subscription %I disable', name); end $body$;

create function aiven_extras.pg_drop_subscription(name text)
returns void language plpgsql security definer set search_path = pg_catalog, aiven_extras as $body$
declare slot text; connection text;
begin
  select subslotname, subconninfo into slot, connection from pg_subscription where subname = name;
  if connection is null then raise exception 'no subscription %', name; end if;
  execute format('alter subscription %I disable', name);
  execute format('alter subscription %I set (slot_name = none)', name);
  execute format('drop subscription %I', name);
  perform 1 from aiven_extras.ask(connection, format('select pg_drop_replication_slot(slot_name)::text from pg_replication_slots where slot_name = %L', slot)) as dropped (answer text);
end $body$;
`,
};
