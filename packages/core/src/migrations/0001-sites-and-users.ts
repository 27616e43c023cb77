import type { Migration } from '../kernel/plugin.ts'

/** Sites, users, how they prove who they are, and the answers kept for idempotency keys. */
export const sitesAndUsers: Migration = {
  async up(db) {
    await db.raw(`
      create table core.sites (
        id integer generated always as identity primary key,
        name text not null constraint sites_name_key unique,
        time_zone text not null,
        country char(2) not null,
        caller_id text,
        trunks text[] not null default '{}',
        created_at timestamptz not null default now(),
        revision bigint not null default 1
      );

      create table core.users (
        id integer generated always as identity primary key,
        login text not null,
        display_name text not null,
        email text,
        role text not null constraint users_role_check check (role in ('agent', 'supervisor', 'admin')),
        password_hash text not null,
        site_id integer constraint users_site_id_fkey references core.sites,
        extension text constraint users_extension_key unique,
        mobile_number text,
        mobile_allowed boolean not null default false,
        active boolean not null default true,
        language text not null default 'fr',
        created_at timestamptz not null default now(),
        revision bigint not null default 1
      );
      create unique index users_login_key on core.users (lower(login));
      create index users_site_id_idx on core.users (site_id);

      create table core.user_sessions (
        id uuid primary key,
        user_id integer not null references core.users on delete cascade,
        token_hash bytea not null unique,
        created_at timestamptz not null,
        expires_at timestamptz not null,
        last_seen_at timestamptz not null,
        address text not null
      );
      create index user_sessions_user_id_idx on core.user_sessions (user_id);
      create index user_sessions_expires_at_idx on core.user_sessions (expires_at);

      create table core.api_keys (
        id integer generated always as identity primary key,
        name text not null constraint api_keys_name_key unique,
        key_hash bytea not null unique,
        permissions text[] not null,
        created_by integer not null references core.users,
        created_at timestamptz not null,
        revoked_at timestamptz,
        last_used_at timestamptz
      );

      create table core.login_failures (
        id bigint generated always as identity primary key,
        subject text not null,
        failed_at timestamptz not null
      );
      create index login_failures_subject_idx on core.login_failures (subject, failed_at);
      create index login_failures_failed_at_idx on core.login_failures (failed_at);

      create table core.idempotency_keys (
        actor_kind text not null,
        actor_id integer not null,
        key text not null,
        route text not null,
        request_hash bytea not null,
        status integer,
        body text,
        created_at timestamptz not null,
        primary key (actor_kind, actor_id, key)
      );
      create index idempotency_keys_created_at_idx on core.idempotency_keys (created_at);
    `)
  },
  async down(db) {
    await db.raw(`
      drop table core.idempotency_keys, core.login_failures, core.api_keys, core.user_sessions, core.users, core.sites
    `)
  }
}
