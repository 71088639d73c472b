import type { LabPair } from "./pair.ts";

/** A name with a quote, a capital, a line break and the control characters that kombu puts into its own names. */
export const AWKWARD_NAME = 'Odd "name"\n\u0006\u0016 %I';

const ODD = `"${AWKWARD_NAME.replaceAll('"', '""')}"`;

/** Every kind of thing that has broken a copy of somebody's database. Run as the owner, who is no superuser. */
export const ADVERSARIAL_SCHEMA = `
create extension citext; create extension hstore; create extension btree_gist;
create schema ${ODD};
create schema other;

create type mood as enum ('sad', 'ok', 'very "happy"');
create domain price as numeric(12, 4) check (value >= 0);
create type pair as (a int, b text);
create collation numeric_last (provider = icu, locale = 'und-u-kn-true');

create table every_type (
  id uuid primary key, small int2, big int8, exact numeric, scaled price, real4 float4, real8 float8, yes bool,
  words text, fixed char(5), bounded varchar(40), raw bytea, doc jsonb, old json, list int[], grid text[][],
  span tstzrange, spans int4multirange, at timestamptz, day date, tod timetz, gap interval, feeling mood, duo pair,
  net inet, mac macaddr, bits bit varying(12), spot point, cash money, search tsvector, code "char", tags hstore, mail citext, markup xml,
  twice int8 generated always as (small * 2) stored
);
insert into every_type (id, small, big, exact, scaled, real4, real8, yes, words, fixed, bounded, raw, doc, old, list, grid, span, spans, at, day, tod, gap, feeling, duo, net, mac, bits, spot, cash, search, code, tags, mail, markup) values
  ('00000000-0000-0000-0000-000000000001', 1, 9223372036854775807, '1.0', 1.5, 'NaN', '-Infinity', true, E'tab\\t ''quote'' \\\\ ü \\u0006', 'ab', '', '\\x00ff0a', '{"b": 1, "a": [null, 1.10]}', '{"b":1, "a":2,"a":3}', '{1,null,3}', '{{a,"b,c"},{"d\\"e",null}}', '[2020-01-01,infinity)', '{[1,3),[5,9)}', 'infinity', '-infinity', '23:59:60+02', '-1 year 2 mons -3 days 04:05:06.000007', 'very "happy"', '(1,"x,y")', '10.0.0.0/8', '08:00:2b:01:02:03', B'1011', '(0.1,-0.2)', 12.34, 'a fat cat', 'x', '"a b"=>"c\\"d", k=>NULL', 'A@b.C', '<a b="c">d</a>'),
  ('00000000-0000-0000-0000-000000000002', null, null, '1.00', 1.50, 0.1, 1e-308, null, repeat('long ', 3000), null, null, null, null, null, '{}', null, 'empty', '{}', '2024-02-29 12:00:00.000001+00', '0044-03-15 BC', null, '0', 'sad', null, '::1/128', null, null, null, -0.01, null, null, '', 'a@B.c', null);
insert into every_type (id, exact, words, raw) select gen_random_uuid(), (random() * 1e6)::numeric, 'row ' || g, decode(md5(g::text), 'hex') from generate_series(1, 500) g;

create table toasted (id int primary key, blob text, hits int not null default 0);
alter table toasted alter blob set storage external;
insert into toasted select g, repeat(md5(g::text), 500), 0 from generate_series(1, 20) g;

create table ${ODD}.${ODD} (${ODD} int, "Key" varchar(20), "dropped" int, primary key ("Key", ${ODD}));
alter table ${ODD}.${ODD} drop column "dropped";
insert into ${ODD}.${ODD} select g, E'k\\'"\\\\' || g from generate_series(1, 50) g;
create index ${ODD.replace('"Odd', '"Index')} on ${ODD}.${ODD} (${ODD});

create table keyless (a int, b text);
alter table keyless replica identity full;
insert into keyless select g % 5, 'same' from generate_series(1, 30) g;
create table by_index (a int not null, b text not null, c int, unique (a, b));
create unique index by_index_identity on by_index (b, a);
alter table by_index replica identity using index by_index_identity;
insert into by_index select g, 'b' || g, g from generate_series(1, 100) g;
create table by_mail (mail citext primary key, seen int);
insert into by_mail select 'User' || g || '@Example.com', 0 from generate_series(1, 100) g;
create table nothing_in_it (id bigint primary key);

create table measured (at date not null, id int not null, value float8, primary key (at, id)) partition by range (at);
create table measured_old partition of measured for values from (minvalue) to ('2026-01-01');
create table measured_new partition of measured for values from ('2026-01-01') to (maxvalue) partition by hash (id);
create table measured_new_0 partition of measured_new for values with (modulus 2, remainder 0);
create table measured_new_1 partition of measured_new for values with (modulus 2, remainder 1);
insert into measured select '2025-12-20'::date + g % 30, g, g / 7.0 from generate_series(1, 300) g;
create table parent (id int primary key, v text);
create table child (extra int, primary key (id)) inherits (parent);
insert into parent values (1, 'p'); insert into child values (2, 'c', 3);

create table hens (id int primary key, egg int);
create table eggs (id int primary key, hen int references hens deferrable initially deferred);
alter table hens add foreign key (egg) references eggs deferrable initially deferred;
begin; insert into hens values (1, 1); insert into eggs values (1, 1); commit;

create table identified (id int generated always as identity (start 7 increment 3) primary key, v text collate numeric_last);
insert into identified (v) values ('a10'), ('a9');
create sequence cached cache 50; select nextval('cached');
create sequence never_asked start 42;
create sequence set_not_called; select setval('set_not_called', 99, false);
create sequence downwards increment -5 minvalue -1000 maxvalue -1 cycle; select nextval('downwards');

create table audited (id int primary key, v text);
create table audit (id serial primary key, what text);
create function note_change() returns trigger language plpgsql as $body$
begin
  /*
\\restrict abcdef
  */
  insert into public.audit (what) values (tg_op); return new;
end $body$;
`;

/** More of it, that needs the first part. */
export const ADVERSARIAL_REST = `
create trigger note_change after insert or update on audited for each row execute function note_change();
insert into audited select g, 'v' from generate_series(1, 10) g;
create table private_rows (id int primary key, owner text, booked tstzrange, exclude using gist (owner with =, booked with &&));
insert into private_rows values (1, 'glaze', '[2026-01-01,2026-01-02)'), (2, 'somebody', null);
alter table private_rows enable row level security;
create policy own on private_rows using (owner = current_user) with check (owner <> '');
create view cheap as select id, scaled from every_type e where scaled < 2 with check option;
create materialized view counted as select feeling, count(*) as n from every_type group by feeling;
create unique index counted_feeling on counted (feeling);
create materialized view by_key as select c.*, count(*) over () as n from child c group by c.id;
create unique index by_key_id on by_key (id);
create statistics of_view (dependencies) on extra, n from by_key;
create index part on every_type (lower(words collate "C")) where yes;
create index by_list on every_type using gin (list);
create statistics dependent (dependencies) on small, big from every_type;
create rule silent as on delete to nothing_in_it do instead nothing;
create function other.total(a int default 1, variadic b int[] default '{}') returns int language sql immutable as 'select a + coalesce(sum(x), 0)::int from unnest(b) x';
create procedure other.nop() language plpgsql as 'begin null; end';
create function other.longer(text, text) returns text language sql immutable as 'select case when length($1) >= length($2) then $1 else $2 end';
create aggregate other.longest(text) (sfunc = other.longer, stype = text, initcond = '');
comment on table every_type is E'it''s "everything" \\\\ ';
grant select (id, words) on every_type to reader;
grant select on all tables in schema other to public;
grant usage on schema other to reader with grant option;
grant select on by_key to reader;
revoke execute on procedure other.nop() from public;
alter default privileges in schema other grant select on tables to reader;
alter default privileges revoke execute on functions from public;
grant select (seen) on by_mail to public;
revoke connect on database glaze from public;
grant connect on database glaze to reader;
alter role glaze in database glaze set search_path = public, other;
alter database glaze set statement_timeout = '90s';
`;

/** Who is there beside the owner, made by a superuser before the schema. */
const ROLES = `
create role reader bypassrls connection limit 7 valid until '2099-01-01 00:00:00+00';
create role team createdb createrole;
grant team to reader with admin option;
grant pg_monitor, pg_signal_backend to reader;
alter role reader set log_min_duration_statement = 100;
alter role reader set work_mem = '8MB';
`;

/** What a writer does to it meanwhile: one statement each turn. */
export const ADVERSARIAL_CHANGES: readonly string[] = [
  "update toasted set hits = hits + 1 where id = 1 + floor(random() * 20)",
  `update ${ODD}.${ODD} set ${ODD} = ${ODD} + 1000 where "Key" = (select "Key" from ${ODD}.${ODD} order by random() limit 1)`,
  "update every_type set doc = jsonb_build_object('n', random()), real8 = random() where id in (select id from every_type order by random() limit 3)",
  "insert into every_type (id, words) values (gen_random_uuid(), 'while moving')",
  "delete from every_type where words = 'while moving' and random() < 0.3",
  "insert into keyless values (9, null), (1, 'same')",
  "delete from keyless where ctid = (select ctid from keyless where a = 9 limit 1)",
  "update by_index set b = b || 'x' where a = 1 + floor(random() * 100)",
  "update by_mail set seen = seen + 1 where mail = 'user7@example.COM'",
  "update measured set at = at + 20 where id = 1 + floor(random() * 300)",
  "truncate nothing_in_it; insert into nothing_in_it select generate_series(1, 3)",
  "insert into identified (v) values ('x'); select nextval('cached'), nextval('downwards')",
  "update audited set v = v || '!' where id = 1 + floor(random() * 10)",
  "update child set extra = extra + 1; update parent set v = v || 'y' where id = 1",
  "begin; savepoint a; insert into hens values (1 + (select max(id) from hens), null); rollback to a; insert into eggs values (1 + (select max(id) from eggs), 1); commit",
];

/** On the source, and on the target what its administrator needs to make them there too. */
export async function makeAdversarialRoles({ source, target }: LabPair): Promise<void> {
  const admin = await source.superuser();
  await admin.query(ROLES);
  await admin.end();
  const provider = await target.superuser();
  await provider.query("grant pg_monitor to doadmin with admin option");
  await provider.end();
}
