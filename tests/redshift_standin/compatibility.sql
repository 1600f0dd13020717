-- What Redshift has and PostgreSQL (16 or newer) has not, made once in an empty database by a
-- superuser: functions, system views, late-binding views, texts that count bytes, keys that only inform.
set allow_system_table_mods = on;
create schema rs;
grant usage on schema rs to public;
create table rs.facts (rel oid, k text, v text, primary key (rel, k));        -- dist/sort/lbv/autorefresh per relation
create table rs.external_tables (schemaname text, tablename text, location text, fmt text, primary key (schemaname, tablename));
create table rs.external_partitions (schemaname text, tablename text, vals text, location text);
create table rs.external_schemas (schemaname text primary key, databasename text);
grant select on all tables in schema rs to public;
create domain rs.super as jsonb;
create domain rs.varbyte as bytea;

create function rs.fact(rel text, key text, val text) returns void language sql as
$$ insert into rs.facts values (rel::regclass::oid, key, val) on conflict (rel, k) do update set v = excluded.v $$;

-- dates -----------------------------------------------------------------------------------------------------------
create function rs.getdate() returns timestamp stable language sql as $$ select date_trunc('second', statement_timestamp() at time zone 'UTC') $$;
create function rs.transaction_time() returns timestamp stable language sql as $$ select transaction_timestamp() at time zone 'UTC' $$;
create function rs.iv(p text, n numeric) returns interval immutable language sql as $$
 select case when p in ('year','years','y','yr','yrs') then make_interval(years => trunc(n)::int)
  when p in ('quarter','quarters','qtr','qtrs') then make_interval(months => 3 * trunc(n)::int)
  when p in ('month','months','mon','mons') then make_interval(months => trunc(n)::int)
  when p in ('week','weeks','w') then make_interval(weeks => trunc(n)::int)
  when p in ('day','days','d') then make_interval(days => trunc(n)::int)
  when p in ('hour','hours','h','hr','hrs') then make_interval(hours => trunc(n)::int)
  when p in ('minute','minutes','m','min','mins') then make_interval(mins => trunc(n)::int)
  when p in ('second','seconds','s','sec','secs') then make_interval(secs => trunc(n)::float8)
  when p in ('millisecond','milliseconds','ms','msec') then make_interval(secs => trunc(n)::float8 / 1e3)
  when p in ('microsecond','microseconds','us') then make_interval(secs => trunc(n)::float8 / 1e6) end $$;
create function rs.dateadd(p text, n numeric, x timestamp) returns timestamp immutable language sql as $$ select x + rs.iv(lower(p), n) $$;
create function rs.dateadd(p text, n numeric, x date) returns timestamp immutable language sql as $$ select x + rs.iv(lower(p), n) $$;
create function rs.dateadd(p text, n numeric, x timestamptz) returns timestamptz stable language sql as $$ select x + rs.iv(lower(p), n) $$;
create function rs.dateadd(p text, n numeric, x text) returns timestamp stable language sql as $$ select x::timestamp + rs.iv(lower(p), n) $$;
create function rs.datediff(p text, a timestamp, b timestamp) returns bigint immutable language sql as $$   -- counts boundaries crossed
 select case when lower(p) in ('year','years','y','yr','yrs') then extract(year from b) - extract(year from a)
  when lower(p) in ('quarter','quarters','qtr','qtrs') then (extract(year from b) - extract(year from a)) * 4 + extract(quarter from b) - extract(quarter from a)
  when lower(p) in ('month','months','mon','mons') then (extract(year from b) - extract(year from a)) * 12 + extract(month from b) - extract(month from a)
  when lower(p) in ('week','weeks','w') then ((date_trunc('week', b + interval '1 day'))::date - (date_trunc('week', a + interval '1 day'))::date) / 7
  when lower(p) in ('day','days','d') then b::date - a::date
  when lower(p) in ('hour','hours','h','hr','hrs') then extract(epoch from date_trunc('hour', b) - date_trunc('hour', a)) / 3600
  when lower(p) in ('minute','minutes','m','min','mins') then extract(epoch from date_trunc('minute', b) - date_trunc('minute', a)) / 60
  when lower(p) in ('second','seconds','s','sec','secs') then extract(epoch from date_trunc('second', b) - date_trunc('second', a))
  when lower(p) in ('millisecond','milliseconds','ms','msec') then extract(epoch from b - a) * 1000
  when lower(p) in ('microsecond','microseconds','us') then extract(epoch from b - a) * 1000000 end::bigint $$;
create function rs.datediff(p text, a date, b date) returns bigint immutable language sql as $$ select rs.datediff(p, a::timestamp, b::timestamp) $$;
create function rs.datediff(p text, a timestamptz, b timestamptz) returns bigint stable language sql as $$ select rs.datediff(p, a at time zone 'UTC', b at time zone 'UTC') $$;
create function rs.datediff(p text, a text, b text) returns bigint stable language sql as $$ select rs.datediff(p, a::timestamp, b::timestamp) $$;
create function rs.last_day(x timestamp) returns date immutable language sql as $$ select (date_trunc('month', x) + interval '1 month - 1 day')::date $$;
create function rs.add_months(x timestamp, n int) returns timestamp immutable language sql as
$$ select case when x::date = rs.last_day(x) then rs.last_day(x + make_interval(months => n)) + (x - x::date) else x + make_interval(months => n) end $$;
create function rs.trunc(x timestamp) returns date immutable language sql as $$ select x::date $$;
create function rs.convert_timezone(a text, b text, x timestamp) returns timestamp immutable language sql as $$ select x at time zone a at time zone b $$;
create function rs.convert_timezone(b text, x timestamp) returns timestamp immutable language sql as $$ select x at time zone 'UTC' at time zone b $$;

-- text and json ----------------------------------------------------------------------------------------------------
create function rs.len(x text) returns int immutable language sql as $$ select length(x) $$;
create function rs.charindex(a text, b text) returns int immutable language sql as $$ select position(a in b) $$;
create function rs.strtol(x text, base int) returns bigint immutable language plpgsql as $$
 declare r bigint := 0; c text; begin foreach c in array regexp_split_to_array(lower(x), '') loop r := r * base + position(c in '0123456789abcdefghijklmnopqrstuvwxyz') - 1; end loop; return r; end $$;
create function rs.sha2(x text, n int) returns text immutable language sql as $$ select encode(case n when 224 then sha224(x::bytea) when 384 then sha384(x::bytea) when 512 then sha512(x::bytea) else sha256(x::bytea) end, 'hex') $$;
create function rs.json_extract_path_text(j text, variadic p text[]) returns text immutable language sql as $$ select coalesce(j::json #>> p, '') $$;
create function rs.json_extract_array_element_text(j text, n int) returns text immutable language sql as $$ select j::json ->> n $$;
create function rs.json_array_length(j text) returns int immutable language sql as $$ select json_array_length(j::json) $$;
create function rs.is_valid_json(j text) returns bool immutable language plpgsql as $$ begin return json_typeof(j::json) = 'object'; exception when others then return false; end $$;
create function rs.can_json_parse(j text) returns bool immutable language plpgsql as $$ begin perform j::json; return true; exception when others then return false; end $$;
create function rs.json_parse(j text) returns rs.super immutable language sql as $$ select j::jsonb::rs.super $$;
create function rs.json_serialize(j rs.super) returns text immutable language sql as $$ select j::text $$;
-- aggregates that differ ---------------------------------------------------------------------------------------------
create function rs.med(a float8[]) returns float8 immutable language sql as $$ select percentile_cont(0.5) within group (order by x) from unnest(a) x $$;
create aggregate rs.median(float8) (sfunc = array_append, stype = float8[], finalfunc = rs.med);
create function rs.avg_i(a numeric[], x bigint) returns numeric[] immutable language sql as $$ select case when x is null then a else array[a[1] + x, a[2] + 1] end $$;
create function rs.avg_f(a numeric[]) returns bigint immutable language sql as $$ select trunc(a[1] / nullif(a[2], 0))::bigint $$;
create aggregate rs.avg(bigint) (sfunc = rs.avg_i, stype = numeric[], initcond = '{0,0}', finalfunc = rs.avg_f);   -- AVG of integers is an integer
create function rs.avg_i(a numeric[], x int) returns numeric[] immutable language sql as $$ select rs.avg_i(a, x::bigint) $$;
create aggregate rs.avg(int) (sfunc = rs.avg_i, stype = numeric[], initcond = '{0,0}', finalfunc = rs.avg_f);

-- catalog -----------------------------------------------------------------------------------------------------------
create function rs.f(r oid, key text) returns text stable language sql as $$ select v from rs.facts where rel = r and k = key $$;
create function pg_catalog.pg_get_late_binding_view_cols() returns setof record stable language sql as
$$ select n.nspname::name, c.relname::name, a.attname::name, format_type(a.atttypid, a.atttypmod)::varchar, a.attnum::int
   from pg_class c join pg_namespace n on n.oid = c.relnamespace join pg_attribute a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
   where c.relkind = 'v' and rs.f(c.oid, 'late_binding') is not null $$;
create view pg_catalog.svv_external_schemas as select e.schemaname, 1 as eskind, e.databasename, ''::text as esoptions from rs.external_schemas e;
create view pg_catalog.svv_external_tables as select schemaname, tablename, 'TABLE'::text as tabletype, location, fmt as input_format from rs.external_tables;
create view pg_catalog.svv_external_partitions as select * from rs.external_partitions;
create view pg_catalog.svv_external_columns as
 select e.schemaname, e.tablename, a.attname::text as columnname, format_type(a.atttypid, a.atttypmod)::text as external_type, a.attnum::int as columnnum, 0 as part_key
 from rs.external_tables e join pg_namespace n on n.nspname = e.schemaname join pg_class c on c.relnamespace = n.oid and c.relname = e.tablename
 join pg_attribute a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped;
create view pg_catalog.svv_table_info as
 select current_database()::text as database, n.nspname::text as schema, c.oid as table_id, c.relname::text as "table", coalesce(rs.f(c.oid, 'encoded'), 'Y')::text as encoded,
  coalesce(case when rs.f(c.oid, 'distkey') is not null then 'KEY(' || rs.f(c.oid, 'distkey') || ')' when rs.f(c.oid, 'diststyle') is not null then upper(rs.f(c.oid, 'diststyle')) end, 'AUTO(ALL)')::text as diststyle,
  split_part(case when rs.f(c.oid, 'sorttype') = 'interleaved' then 'INTERLEAVED' else rs.f(c.oid, 'sortkey') end, ',', 1)::text as sortkey1,
  (select max(greatest(atttypmod - 4, 0)) from pg_attribute where attrelid = c.oid and atttypid = 1043)::int as max_varchar, null::text as sortkey1_enc,
  coalesce(array_length(string_to_array(rs.f(c.oid, 'sortkey'), ','), 1), 0) as sortkey_num, (pg_total_relation_size(c.oid) / 1048576)::bigint as size,
  0::numeric(10,4) as pct_used, 0::bigint as empty, 0::numeric(5,2) as unsorted, 0::numeric(5,2) as stats_off, greatest(c.reltuples, 0)::numeric(38,0) as tbl_rows,
  null::numeric(19,2) as skew_sortkey1, null::numeric(19,2) as skew_rows
 from pg_class c join pg_namespace n on n.oid = c.relnamespace where c.relkind in ('r', 'm') and n.nspname not in ('pg_catalog', 'information_schema', 'rs');
create view pg_catalog.svv_mv_info as select current_database()::text as database_name, n.nspname::text as schema_name, c.relname::text as name,
  case when rs.f(c.oid, 'autorefresh') in ('yes', '1') then 't' else 'f' end::text as autorefresh, 'f'::text as is_stale, 0 as state
 from pg_class c join pg_namespace n on n.oid = c.relnamespace where c.relkind = 'm';
create view rs.pg_attribute as select a.*, a.attname = rs.f(attrelid, 'distkey') as attisdistkey,
  coalesce(array_position(string_to_array(replace(rs.f(attrelid, 'sortkey'), ' ', ''), ','), a.attname::text), 0) as attsortkeyord from pg_catalog.pg_attribute a;
create view pg_catalog.svv_redshift_columns as select table_catalog::text as database_name, table_schema::text as schema_name, table_name::text as table_name, column_name::text as column_name,
  ordinal_position::int as ordinal_position, data_type::text as data_type, null::text as remarks from information_schema.columns;
create view pg_catalog.svv_all_columns as select * from svv_redshift_columns;
create view pg_catalog.svv_relation_privileges as select table_schema::text as namespace_name, table_name::text as relation_name, lower(privilege_type::text) as privilege_type,
  grantee::text as identity_name, case when r.rolcanlogin then 'user' else 'role' end::text as identity_type from information_schema.table_privileges join pg_roles r on r.rolname = grantee and not r.rolsuper;
create function rs.mtimes() returns table (table_id oid, start_time timestamp) language plpgsql as $$ declare r record; begin
 for r in select c.oid, c.oid::regclass::text as n from pg_class c join pg_namespace s on s.oid = c.relnamespace where relkind = 'r' and s.nspname not like 'pg\_%' and s.nspname not in ('information_schema', 'rs') loop
  table_id := r.oid; execute 'select max(pg_xact_commit_timestamp(xmin)) at time zone ''UTC'' from ' || r.n into start_time; return next; end loop; end $$;
create view pg_catalog.sys_query_detail as select table_id, start_time, 'insert'::text as step_name from rs.mtimes() where start_time is not null;   -- needs track_commit_timestamp=on

-- materialized views look like views whose text says so; external tables are in svv_external_* only
do $$ declare d text; begin
 d := rtrim(pg_get_viewdef('pg_catalog.pg_views'::regclass), ';');
 execute 'create or replace view pg_catalog.pg_views as ' || d || ' union all select schemaname, matviewname, matviewowner, ''create materialized view '' || matviewname::text collate "default" || '' as ('' || rtrim(definition, '';'') || '')'' from pg_matviews';
 d := rtrim(pg_get_viewdef('information_schema.views'::regclass), ';');
 execute 'create or replace view information_schema.views as select * from (' || d || ') x union all select current_database()::information_schema.sql_identifier, schemaname::information_schema.sql_identifier, matviewname::information_schema.sql_identifier,
  (''create materialized view '' || definition)::information_schema.character_data, ''NONE''::information_schema.character_data, n, n, n, n, n from pg_matviews, (select ''NO''::information_schema.yes_or_no as n) y';
 d := rtrim(pg_get_viewdef('information_schema.tables'::regclass), ';');
 execute 'create or replace view information_schema.tables as select * from (' || d || ') x where not exists (select 1 from rs.external_tables e where e.schemaname = x.table_schema and e.tablename = x.table_name)';
 d := replace(rtrim(pg_get_viewdef('information_schema.columns'::regclass), ';'), '''f''::"char"', '''f''::"char", ''m''::"char"');
 execute 'create or replace view information_schema.columns as select * from (' || d || ') x where not exists (select 1 from rs.external_tables e where e.schemaname = x.table_schema and e.tablename = x.table_name)';
end $$;

create function rs.show_tables(db text, s text) returns table (database_name text, schema_name text, table_name text, table_type text, table_acl text, remarks text, owner text, last_altered_time timestamp, last_modified_time timestamp, dist_style text, table_subtype text) language sql as
$$ select current_database()::text, s, c.relname::text, case when c.relkind in ('v', 'm') then 'VIEW' else 'TABLE' end, null::text, obj_description(c.oid, 'pg_class'), pg_get_userbyid(c.relowner)::text, null::timestamp,
   (select max(start_time) from rs.mtimes() m where m.table_id = c.oid), rs.f(c.oid, 'diststyle'),
   case when c.relkind = 'm' then 'MATERIALIZED VIEW' when rs.f(c.oid, 'late_binding') is not null then 'LATE BINDING VIEW' when c.relkind = 'v' then 'REGULAR VIEW' else 'REGULAR TABLE' end
   from pg_class c join pg_namespace n on n.oid = c.relnamespace where n.nspname = s and c.relkind in ('r', 'v', 'm', 'p') $$;
create function rs.show_columns(db text, s text, t text) returns table (database_name text, schema_name text, table_name text, column_name text, ordinal_position int, column_default text, is_nullable text, data_type text, character_maximum_length int, numeric_precision int, numeric_scale int, remarks text) language sql as
$$ select db, s, t, column_name::text, ordinal_position::int, column_default::text, is_nullable::text, data_type::text, character_maximum_length::int, numeric_precision::int, numeric_scale::int, null::text
   from information_schema.columns where table_schema = s and table_name = t order by ordinal_position $$;
create function rs.show_schemas(db text, lk text) returns table (database_name text, schema_name text, schema_owner text, schema_type text) language sql as
$$ select db, nspname::text, pg_get_userbyid(nspowner)::text, 'local' from pg_namespace where nspname <> 'rs' and (lk is null or nspname ilike lk) $$;
create function rs.show_grants(db text, s text, t text) returns table (database_name text, schema_name text, object_name text, object_type text, privilege_type text, identity_id int, identity_name text, identity_type text) language sql as
$$ select db, s, t, 'TABLE', upper(privilege_type), 0, identity_name, identity_type from svv_relation_privileges where namespace_name = s and relation_name = t $$;

-- a late-binding view is text, run when it is read: no dependency on the tables under it
create function rs.late_binding(body text) returns setof record stable language plpgsql as $$ begin return query execute body; end $$;
create function rs.make_late_binding(rel text, body text) returns void language plpgsql as $$ declare outer_cols text; inner_cols text; begin
 execute 'create temp view rs_late_binding_probe as ' || body;
 select string_agg(format('%I::%s as %I', attname, format_type(atttypid, atttypmod), attname), ', ' order by attnum), string_agg(format('%I %s', attname, format_type(atttypid, null)), ', ' order by attnum)
  into outer_cols, inner_cols from pg_attribute where attrelid = 'pg_temp.rs_late_binding_probe'::regclass and attnum > 0;
 drop view pg_temp.rs_late_binding_probe;
 execute format('create view %s as select %s from rs.late_binding(%L) as t(%s)', rel, outer_cols, body, inner_cols);
 perform rs.fact(rel, 'late_binding', '1');
end $$;

-- VARCHAR(n) counts bytes; keys are informational ------------------------------------------------
create function rs.on_ddl() returns event_trigger language plpgsql as $$ declare o record; a record; begin
 if current_setting('rs.busy', true) = '1' then return; end if;
 perform set_config('rs.busy', '1', true);
 for o in select * from pg_event_trigger_ddl_commands() where object_type = 'table' and command_tag in ('CREATE TABLE', 'CREATE TABLE AS', 'SELECT INTO', 'ALTER TABLE') loop
  for a in select conname from pg_constraint where conrelid = o.objid and contype in ('p', 'u', 'f') loop      -- informational only in Redshift
   execute format('alter table %s drop constraint %I cascade', o.objid::regclass, a.conname);
  end loop;
  for a in select attname, atttypmod - 4 as n, attnum from pg_attribute where attrelid = o.objid and atttypid in (1043, 1042) and atttypmod > 4 and attnum > 0 and not attisdropped
    and not exists (select 1 from pg_constraint where conrelid = o.objid and conname = 'bytes_' || attnum || '_' || (atttypmod - 4)) loop
   execute format('alter table %s add constraint %I check (octet_length(%I) <= %s)', o.objid::regclass, 'bytes_' || a.attnum || '_' || a.n, a.attname, a.n);
  end loop;
 end loop;
 perform set_config('rs.busy', '0', true);
end $$;
create function rs.on_drop() returns event_trigger language plpgsql as $$ begin
 delete from rs.facts where rel in (select objid from pg_event_trigger_dropped_objects() where classid = 'pg_class'::regclass);
 delete from rs.external_tables e using pg_event_trigger_dropped_objects() d where d.object_type = 'table' and d.schema_name = e.schemaname and d.object_name = e.tablename;
end $$;
create event trigger rs_ddl on ddl_command_end execute function rs.on_ddl();
create event trigger rs_drop on sql_drop execute function rs.on_drop();
do $$ begin
 execute format('alter database %I set search_path = public, rs, pg_catalog', current_database());
 execute format('alter database %I set default_transaction_isolation = ''repeatable read''', current_database());
 execute format('alter database %I set timezone = ''UTC''', current_database());
end $$;
