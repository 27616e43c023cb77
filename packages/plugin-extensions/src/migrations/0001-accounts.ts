import type { Migration } from '@evscallpro/core'

/**
 * Accounts, what changed in them, and the three views that Asterisk reads (names and columns: PJSIP realtime).
 *
 * No secret is stored: HA1 = H(username:realm:secret) of RFC 7616 §3.4.2. The extension and the realm are part of it,
 * so that a change of the extension takes the account out of the views until a new secret is made.
 *
 * Triggers and not events of the server announce a change: whoever changes a user, and however, Asterisk hears of it.
 */
export const accounts: Migration = {
  async up(db) {
    await db.raw(`
      create table extensions.accounts (
        user_id integer primary key references core.users on delete cascade,
        number text not null constraint accounts_number_key unique check (number ~ '^[0-9]{2,20}$'),
        kind text not null check (kind in ('softphone', 'webrtc')),
        realm text not null,
        digest text not null check (digest in ('md5', 'both', 'sha256')),
        ha1_md5 text check (ha1_md5 ~ '^[0-9a-f]{32}$'),
        ha1_sha256 text check (ha1_sha256 ~ '^[0-9a-f]{64}$'),
        max_contacts integer not null check (max_contacts between 1 and 10),
        enabled boolean not null default true,
        secret_set_at timestamptz not null,
        revision bigint not null default 1,
        check (digest = 'sha256' or ha1_md5 is not null),
        check (digest = 'md5' or ha1_sha256 is not null)
      );

      create table extensions.settings (
        only_row boolean primary key default true check (only_row),
        context text not null,
        codecs text not null,
        rtp_timeout_s integer not null,
        rtp_timeout_hold_s integer not null,
        qualify_s integer not null
      );
      insert into extensions.settings values (true, 'evs-outbound', 'alaw,ulaw', 30, 600, 30);

      create sequence extensions.change_seq;
      create table extensions.announcements (
        number text primary key,
        change bigint not null,
        announced bigint not null default 0,
        claimed_until timestamptz not null default '-infinity',
        tries integer not null default 0
      );
      create index announcements_pending_idx on extensions.announcements (claimed_until) where announced < change;

      create function extensions.announce(numbers text[]) returns void language sql as $$
        insert into extensions.announcements (number, change)
        select number, nextval('extensions.change_seq') from (select distinct unnest(numbers) as number order by 1) n
        on conflict (number) do update set change = excluded.change, tries = 0, claimed_until = '-infinity';
        select pg_notify('evs_extensions', '');
      $$;

      create function extensions.account_changed() returns trigger language plpgsql as $$
      begin
        perform extensions.announce(array_remove(array[
          case when tg_op <> 'INSERT' then old.number end, case when tg_op <> 'DELETE' then new.number end], null));
        return null;
      end $$;
      create trigger account_changed after insert or update or delete on extensions.accounts
        for each row execute function extensions.account_changed();

      create function extensions.user_changed() returns trigger language plpgsql as $$
      begin
        perform extensions.announce(array_agg(number)) from extensions.accounts where user_id = new.id having count(*) > 0;
        return null;
      end $$;
      create trigger extensions_user_changed
        after update of extension, active, display_name, site_id, language, number_classes on core.users
        for each row when (old.* is distinct from new.*) execute function extensions.user_changed();

      create function extensions.site_changed() returns trigger language plpgsql as $$
      begin
        perform extensions.announce(array_agg(a.number)) from extensions.accounts a join core.users u on u.id = a.user_id
          where u.site_id = new.id having count(*) > 0;
        return null;
      end $$;
      create trigger extensions_site_changed after update of country on core.sites
        for each row when (old.country <> new.country) execute function extensions.site_changed();

      create function extensions.settings_changed() returns trigger language plpgsql as $$
      begin
        perform extensions.announce(array_agg(number)) from extensions.accounts having count(*) > 0;
        return null;
      end $$;
      create trigger settings_changed after update on extensions.settings
        for each row when (old.* is distinct from new.*) execute function extensions.settings_changed();

      -- ';' divides the values of an option and '^' begins an escape in Asterisk's realtime; quotes, angle brackets and
      -- backslashes would break the caller id
      create function extensions.clean(t text) returns text language sql immutable as
        $$ select translate(regexp_replace(t, '[[:cntrl:]"\\\\<>]', ' ', 'g'), ';^', ',''') $$;

      create view extensions.usable as
        select a.*, u.display_name, u.language, u.site_id, s.country, coalesce(n.change, 0) as change,
               -- what he may dial by hand, as the dialplan reads it
               case when u.number_classes is null then 'default' when u.number_classes = '{}' then 'none'
                    else array_to_string(u.number_classes, ':') end as policy
          from extensions.accounts a
          join core.users u on u.id = a.user_id and u.active and u.extension = a.number
          left join core.sites s on s.id = u.site_id
          left join extensions.announcements n on n.number = a.number
         where a.enabled;

      create view extensions.ps_endpoints as
      select e.number as id, e.number as aors, e.number as auth, g.context,
             -- a text message would else run the dialplan of calls; the number tells which change Asterisk has read
             'evs-no-messages-' || e.change as message_context,
             'all'::text as disallow, case e.kind when 'webrtc' then 'opus,alaw,ulaw' else g.codecs end as allow,
             format('"%s" <%s>', extensions.clean(e.display_name), e.number) as callerid,
             concat_ws(';', 'EVS_SITE=' || e.site_id, 'EVS_AGENT=' || e.user_id, 'EVS_POLICY=' || e.policy) as set_var,
             e.language, case lower(e.country) when 'gb' then 'uk' else lower(e.country) end as tone_zone,
             e.site_id::text as accountcode, ''::text as mailboxes,
             'no'::text as direct_media, 'yes'::text as rtp_symmetric, 'yes'::text as force_rport,
             'yes'::text as rewrite_contact, case e.kind when 'webrtc' then 'auto' else 'rfc4733' end as dtmf_mode,
             g.rtp_timeout_s::text as rtp_timeout, g.rtp_timeout_hold_s::text as rtp_timeout_hold,
             'no'::text as allow_transfer, case e.kind when 'webrtc' then 'yes' else 'no' end as webrtc,
             case e.kind when 'webrtc' then 'yes' else 'no' end as dtls_auto_generate_cert
        from extensions.usable e cross join extensions.settings g;

      create view extensions.ps_auths as
      select e.number as id, 'digest'::text as auth_type, e.number as username, e.realm,
             concat_ws(',', case when e.digest <> 'sha256' then 'MD5:' || e.ha1_md5 end,
                            case when e.digest <> 'md5' then 'SHA-256:' || e.ha1_sha256 end) as password_digest,
             -- each algorithm named here needs its hash, or Asterisk answers 500
             case e.digest when 'md5' then 'MD5' when 'both' then 'SHA-256,MD5' else 'SHA-256' end as supported_algorithms_uas,
             case e.digest when 'sha256' then 'SHA-256' else 'MD5' end as supported_algorithms_uac
        from extensions.usable e;

      create view extensions.ps_aors as
      select e.number as id, e.max_contacts::text as max_contacts, 'yes'::text as remove_existing,
             'yes'::text as remove_unavailable, g.qualify_s::text as qualify_frequency, '3.0'::text as qualify_timeout,
             '60'::text as minimum_expiration, '600'::text as maximum_expiration, '300'::text as default_expiration,
             ''::text as contact, ''::text as mailboxes
        from extensions.usable e cross join extensions.settings g;

      create table extensions.devices (
        number text not null,
        contact_id text not null,
        user_agent text not null,
        since timestamptz not null,
        seen bigint generated always as identity,
        primary key (number, contact_id)
      );

      create table extensions.choices (
        user_id integer primary key references core.users on delete cascade,
        contact_id text not null,
        user_agent text not null
      );

      create table extensions.provisioning_links (
        token_hash bytea primary key,
        user_id integer not null unique references extensions.accounts on delete cascade,
        expires_at timestamptz not null
      );
    `)
  },
  async down(db) {
    await db.raw(`
      drop trigger extensions_user_changed on core.users;
      drop trigger extensions_site_changed on core.sites;
      drop view extensions.ps_endpoints, extensions.ps_auths, extensions.ps_aors, extensions.usable;
      drop table extensions.provisioning_links, extensions.choices, extensions.devices, extensions.announcements,
                 extensions.settings, extensions.accounts;
      drop function extensions.clean, extensions.announce, extensions.account_changed, extensions.user_changed,
                    extensions.site_changed, extensions.settings_changed;
      drop sequence extensions.change_seq;
    `)
  }
}
