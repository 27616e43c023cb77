-- The role with which Asterisk reads the agents' SIP accounts: three views, nothing else. Run it once in the server's
-- database, as its owner or a superuser, after the first start of the server:   psql DATABASE_URL -f role.sql
do $$ begin
  if not exists (select from pg_roles where rolname = '@DBROLE@') then
    create role @DBROLE@ login connection limit 8;
  end if;
  execute format('grant connect on database %I to @DBROLE@', current_database());
  execute format('alter role @DBROLE@ in database %I set search_path = extensions', current_database());
  execute format('alter role @DBROLE@ in database %I set default_transaction_read_only = on', current_database());
  -- a migration that locks a table must not hold up Asterisk's SIP threads
  execute format('alter role @DBROLE@ in database %I set statement_timeout = %L', current_database(), '1s');
end $$;
grant usage on schema extensions to @DBROLE@;
grant select on extensions.ps_endpoints, extensions.ps_auths, extensions.ps_aors to @DBROLE@;
-- Over TCP it needs a password, over a unix socket (peer) it has none. Set it in a session of your own, out of files:
--   \password @DBROLE@
