import type { Migration } from '../kernel/plugin.ts'

/** What a turn changes is announced beside it, once for some turns (domain/dispatch/turn-announcements.ts). */
const outsideTurns = "when (current_setting('core.in_turn', true) is distinct from 'on')"

/** Tokens and origins of embedding pages, pause reasons, wrap-up time, tabs of agents, and facts told by NOTIFY. */
export const realtime: Migration = {
  async up(db) {
    await db.raw(`
    create table core.approved_origins (
      id int generated always as identity primary key,
      origin text not null constraint approved_origins_origin_key unique,   -- scheme://host[:port] as browsers send it
      created_by int references core.users,
      created_at timestamptz not null
    );

    -- A token of a page: for one user, with the rights of one role at most, from one origin.
    create table core.embed_tokens (
      id uuid primary key,
      token_hash bytea not null unique,
      user_id int not null references core.users on delete cascade,
      role text not null check (role in ('agent', 'supervisor', 'admin')),
      origin text not null,
      site_ids int[],                                       -- null: every site the user may see
      campaign_ids int[],                                   -- null: every campaign
      api_key_id int references core.api_keys,              -- the CRM that asked for it …
      session_id uuid references core.user_sessions on delete cascade,      -- … or the session it was exchanged for
      created_at timestamptz not null,
      expires_at timestamptz not null,
      check (num_nonnulls(api_key_id, session_id) = 1)
    );
    create index embed_tokens_user_id_idx on core.embed_tokens (user_id);
    create index embed_tokens_expires_at_idx on core.embed_tokens (expires_at);

    create table core.pause_reasons (
      code text primary key check (code ~ '^[a-z][a-z0-9_]{0,39}$'),
      label_fr text not null,
      label_en text not null,
      paid boolean not null,
      max_minutes int check (max_minutes > 0),              -- null: as long as it takes
      rank smallint not null
    );
    insert into core.pause_reasons (code, label_fr, label_en, paid, max_minutes, rank) values
      ('break', 'Pause', 'Break', true, 15, 1),
      ('lunch', 'Déjeuner', 'Lunch', false, 60, 2),
      ('briefing', 'Briefing', 'Briefing', true, null, 3),
      ('training', 'Formation', 'Training', true, null, 4),
      ('technical', 'Incident technique', 'Technical fault', true, null, 5);

    alter table core.campaigns add wrap_up_extensions smallint not null default 2 check (wrap_up_extensions between 0 and 10);
    alter table core.handouts
      add wrap_up_until timestamptz,                        -- until then the agent may qualify; null: not in wrap-up, or no limit
      add wrap_up_extended smallint not null default 0;

    -- Connections of agents' pages. One of each agent's is the leader: side effects (ring, screen pop) go there.
    create table core.agent_tabs (
      connection uuid primary key,
      agent_id int not null references core.users on delete cascade,
      process uuid not null,
      leader boolean not null default false,
      focused_at timestamptz,                               -- null: not looked at
      opened_at timestamptz not null default clock_timestamp(),
      seen_at timestamptz not null default clock_timestamp()
    );
    create unique index agent_tabs_leader on core.agent_tabs (agent_id) where leader;
    create index agent_tabs_agent on core.agent_tabs (agent_id);
    create index agent_tabs_process on core.agent_tabs (process);

    -- Agents who had a page, and since when the last one has gone, by the server's clock; null: one is there.
    create table core.agent_pages (
      agent_id int primary key references core.users on delete cascade,
      gone_at timestamptz
    );

    -- Who was given a side effect; not done and its connection gone: it may be given once more.
    create table core.side_effects (
      event_id text primary key,
      agent_id int not null references core.users on delete cascade,
      connection uuid not null,
      handed_at timestamptz not null default clock_timestamp(),
      done_at timestamptz
    );
    create index side_effects_handed on core.side_effects (handed_at);

    -- Elects the leader among an agent's live connections: whoever claims it, else the leader there is, else the one that
    -- was looked at last, else the oldest. Returns the leader; null when nobody is left.
    create function core.elect_tab(p_agent int, p_claim uuid, p_lease interval) returns uuid language plpgsql as $$
    declare v_old uuid; v_new uuid;
    begin
      perform pg_advisory_xact_lock(hashtext('core.agent_tabs'), p_agent);
      delete from core.agent_tabs where agent_id = p_agent and seen_at < clock_timestamp() - p_lease;
      select connection into v_old from core.agent_tabs where agent_id = p_agent and leader;
      select connection into v_new from core.agent_tabs where agent_id = p_agent
       order by connection = p_claim desc nulls last, leader desc, focused_at desc nulls last, opened_at limit 1;
      if v_new is distinct from v_old then
        update core.agent_tabs set leader = false where connection = v_old;
        update core.agent_tabs set leader = true where connection = v_new;
        perform core.announce('tabs', array[p_agent::text]);
      end if;
      return v_new;
    end $$;

    -- Tells every server process, at the commit, that these things of one kind have changed: ids, never data.
    -- Not in language sql: such a function is parsed and planned at every call. Not by perform: that sets an executor up.
    create function core.announce(p_kind text, p_ids text[]) returns void language plpgsql as $$
    declare told text;
    begin
      for page in 0 .. (cardinality(p_ids) - 1) / 150 loop
        told := pg_notify('evs_facts', p_kind || ' ' || array_to_string(p_ids[page * 150 + 1:page * 150 + 150], ','));
      end loop;
    end $$;

    create function core.announce_agents() returns trigger language plpgsql as $$
    begin
      perform core.announce('agents', array[new.agent_id::text]);
      return null;
    end $$;
    create function core.announce_sessions() returns trigger language plpgsql as $$
    begin
      perform core.announce('agents', array(select distinct agent_id::text from changed));
      perform core.announce('campaigns', array(select distinct m.campaign_id::text from changed s
        join core.campaign_agents m on m.agent_id = s.agent_id));
      return null;
    end $$;
    create function core.announce_handouts() returns trigger language plpgsql as $$
    begin
      perform core.announce('agents', array[new.agent_id::text]), core.announce('campaigns', array[new.campaign_id::text]);
      return null;
    end $$;
    create function core.announce_calls() returns trigger language plpgsql as $$
    begin
      perform core.announce('calls', array(select id::text from changed));
      perform core.announce('agents', array(select distinct agent_id::text from changed where agent_id is not null));
      return null;
    end $$;
    create function core.announce_legs() returns trigger language plpgsql as $$
    begin
      perform core.announce('calls', array(select distinct call_id::text from changed));
      perform core.announce('agents', array(select distinct c.agent_id::text from changed l
        join core.calls c on c.id = l.call_id where c.agent_id is not null));
      return null;
    end $$;
    create function core.announce_profiles() returns trigger language plpgsql as $$
    begin
      perform core.announce('profiles', array(select id::text from changed));
      return null;
    end $$;
    create function core.announce_assignments() returns trigger language plpgsql as $$
    begin
      perform core.announce('profiles', array(select distinct agent_id::text from changed));
      return null;
    end $$;
    create function core.announce_campaigns() returns trigger language plpgsql as $$
    begin
      perform core.announce('campaigns', array(select id::text from changed));
      return null;
    end $$;

    -- By row: for a statement's trigger the turn would gather its rows, although it leaves the trigger alone.
    create trigger announce_insert after insert on core.agent_states
      for each row ${outsideTurns} execute function core.announce_agents();
    create trigger announce_insert after insert on core.agent_sessions referencing new table as changed
      for each statement execute function core.announce_sessions();
    create trigger announce_update after update on core.agent_sessions referencing new table as changed
      for each statement execute function core.announce_sessions();
    create trigger announce_insert after insert on core.handouts
      for each row ${outsideTurns} execute function core.announce_handouts();
    create trigger announce_update after update on core.handouts
      for each row ${outsideTurns} execute function core.announce_handouts();
    create trigger announce_insert after insert on core.calls referencing new table as changed
      for each statement execute function core.announce_calls();
    create trigger announce_update after update on core.calls referencing new table as changed
      for each statement execute function core.announce_calls();
    create trigger announce_delete after delete on core.calls referencing old table as changed
      for each statement execute function core.announce_calls();
    create trigger announce_insert after insert on core.call_legs referencing new table as changed
      for each statement execute function core.announce_legs();
    create trigger announce_update after update on core.call_legs referencing new table as changed
      for each statement execute function core.announce_legs();
    create trigger announce_update after update on core.users referencing new table as changed
      for each statement execute function core.announce_profiles();
    create trigger announce_insert after insert on core.campaign_agents referencing new table as changed
      for each statement execute function core.announce_assignments();
    create trigger announce_delete after delete on core.campaign_agents referencing old table as changed
      for each statement execute function core.announce_assignments();
    create trigger announce_insert after insert on core.campaigns referencing new table as changed
      for each statement execute function core.announce_campaigns();
    create trigger announce_update after update on core.campaigns referencing new table as changed
      for each statement execute function core.announce_campaigns();
  `)
  },

  async down(db) {
    const triggers = [
      'insert agent_states',
      'insert agent_sessions',
      'update agent_sessions',
      'insert handouts',
      'update handouts',
      'insert calls',
      'update calls',
      'delete calls',
      'insert call_legs',
      'update call_legs',
      'update users',
      'insert campaign_agents',
      'delete campaign_agents',
      'insert campaigns',
      'update campaigns'
    ].map(one => one.split(' '))
    for (const [verb, table] of triggers) await db.raw(`drop trigger announce_${verb} on core.${table}`)
    await db.raw(`
    drop function core.announce_agents, core.announce_sessions, core.announce_handouts, core.announce_calls, core.announce_legs,
      core.announce_profiles, core.announce_assignments, core.announce_campaigns, core.elect_tab, core.announce;
    drop table core.side_effects, core.agent_pages, core.agent_tabs, core.pause_reasons, core.embed_tokens, core.approved_origins;
    alter table core.campaigns drop wrap_up_extensions;
    alter table core.handouts drop wrap_up_until, drop wrap_up_extended;
  `)
  }
}
