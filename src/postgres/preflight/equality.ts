/**
 * A question that has rows where a table has a column whose values the server cannot tell equal. What a domain, an array,
 * a range or a row is made of decides for it; any other type needs a default operator class, its own or that of a type it is
 * taken for without a change: https://www.postgresql.org/docs/current/xtypes.html
 */
export function hasNoEquality(table: string): string {
  return `
  with recursive part(type) as (
    select a.atttypid from pg_attribute a where a.attrelid = ${table} and a.attnum > 0 and not a.attisdropped and a.attgenerated = ''
    union
    select inner_type.oid from part join pg_type t on t.oid = part.type cross join lateral (
      select t.typbasetype as oid where t.typtype = 'd'
      union all select t.typelem where t.typcategory = 'A' and t.typelem <> 0
      union all select r.rngsubtype from pg_range r where t.oid in (r.rngtypid, (to_jsonb(r) ->> 'rngmultitypid')::oid)
      union all select a.atttypid from pg_attribute a where t.typtype = 'c' and a.attrelid = t.typrelid and a.attnum > 0 and not a.attisdropped
    ) inner_type)
  select from part join pg_type t on t.oid = part.type
  where t.typtype = 'b' and not (t.typcategory = 'A' and t.typelem <> 0) and not exists (
    select from pg_opclass o join pg_am m on m.oid = o.opcmethod
    where o.opcdefault and m.amname in ('btree', 'hash') and (o.opcintype = t.oid or exists (
      select from pg_cast where castsource = t.oid and casttarget = o.opcintype and castmethod = 'b' and castcontext = 'i')))`;
}
