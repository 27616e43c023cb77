import type { Migration } from '../kernel/plugin.ts'

/** Calls in flight, and call_history: one row a call, partitioned by month on started_at, which never changes. */
export const calls: Migration = {
  async up(db) {
    await db.raw(`
    create table core.calls (
      id uuid primary key,
      campaign_id int not null,
      contact_id bigint,
      handout_id bigint references core.handouts,
      agent_id int references core.users,
      site_id int references core.sites,
      direction text not null check (direction in ('outbound', 'inbound')),
      number text not null,                                 -- E.164
      caller_id text,                                       -- requested, E.164
      station text not null,
      accept text not null default 'none',                  -- what the agent must do before the customer is called
      pbx text not null,
      state text not null default 'requested'
        check (state in ('requested', 'ringing_agent', 'agent_accepted', 'dialling_customer', 'ringing_customer', 'talking')),
      requested_at timestamptz not null,
      hangup_requested_at timestamptz,
      revision bigint not null default 1
    );
    create unique index calls_agent on core.calls (agent_id) where agent_id is not null;
    create index calls_pbx on core.calls (pbx, requested_at);

    create table core.call_legs (
      call_id uuid not null references core.calls on delete cascade,
      leg text not null,
      role text not null check (role in ('agent', 'customer')),
      channel text not null,
      uniqueid text not null,
      linkedid text not null,
      endpoint text not null,
      trunk boolean not null,
      created_at timestamptz not null,
      ringing_at timestamptz,
      answered_at timestamptz,
      accepted_at timestamptz,
      bridged_at timestamptz,
      ended_at timestamptz,
      cause smallint,
      primary key (call_id, leg)
    );

    create table core.call_history (
      campaign_id int not null,
      id uuid not null,
      started_at timestamptz(3) not null,                   -- ms, as cursors and clients write it
      ended_at timestamptz(3) not null,
      day date not null,                                    -- of started_at in the campaign's zone of that moment
      contact_id bigint,
      handout_id bigint,
      agent_id int,
      site_id int,
      direction text not null,
      number text,
      outcome text not null check (outcome in ('answered', 'no_answer', 'busy', 'rejected', 'invalid_number', 'unreachable',
        'congestion', 'cancelled', 'failed', 'blocked', 'missed', 'abandoned', 'agent_no_answer', 'agent_busy',
        'agent_rejected', 'agent_unreachable', 'agent_cancelled', 'agent_not_accepted')),
      ended_by text not null check (ended_by in ('agent', 'customer', 'server', 'unknown')),
      station text,
      trunk text,
      route smallint,
      caller_id_requested text,
      caller_id_presented text,
      agent_ringing_at timestamptz,
      agent_answered_at timestamptz,
      agent_accepted_at timestamptz,
      customer_dialled_at timestamptz,
      customer_ringing_at timestamptz,
      customer_answered_at timestamptz,
      talk_ms int not null default 0 check (talk_ms >= 0),
      hold_ms int not null default 0 check (hold_ms >= 0),
      billable_ms int not null default 0 check (billable_ms >= 0),
      cause smallint,
      tech_cause text,
      disposition_id int,
      note text,
      qualified_at timestamptz,
      pbx text not null,
      linkedid text,
      end_quality text not null check (end_quality in ('exact', 'estimated')),
      interpreter_version smallint not null,
      revision bigint not null default 1,
      primary key (campaign_id, started_at, id)
    ) partition by range (started_at);
    create table core.call_history_strays partition of core.call_history default;
    create index on core.call_history (id);
    create index on core.call_history (linkedid);
    create index on core.call_history (handout_id, started_at) where handout_id is not null;
    -- One for each filter of the search: a rare value has to be found without reading the whole period. The columns
    -- after started_at are there so that what is asked for besides is decided in the index, not in the table.
    create index on core.call_history (started_at, id);
    create index on core.call_history (agent_id, started_at);
    create index on core.call_history (contact_id, started_at);
    create index on core.call_history (site_id, started_at, outcome, disposition_id);
    create index on core.call_history (outcome, started_at, direction, campaign_id, site_id);
    create index on core.call_history (disposition_id, started_at, outcome, campaign_id) where disposition_id is not null;
    create index on core.call_history (direction, started_at, outcome);
    create index on core.call_history (reverse(number) text_pattern_ops, started_at);   -- whole, and by last digits
    -- The other orders of the search, with the common filters: a month without a match is passed over in the index.
    create index on core.call_history
      (ended_at, id, started_at, campaign_id, agent_id, site_id, outcome, disposition_id, direction);
    create index on core.call_history
      (talk_ms, id, started_at, campaign_id, agent_id, site_id, disposition_id, direction) where outcome = 'answered';

    create table core.call_history_legs (
      call_id uuid not null,
      started_at timestamptz not null,                      -- the call's, so that both tables are cut alike
      leg text not null,
      role text not null,
      channel text not null,
      uniqueid text not null,
      endpoint text not null,
      trunk boolean not null,
      created_at timestamptz,
      ringing_at timestamptz,
      answered_at timestamptz,
      bridged_at timestamptz,
      ended_at timestamptz,
      cause smallint,
      tech_cause text,
      primary key (started_at, call_id, leg)
    ) partition by range (started_at);
    create table core.call_history_legs_strays partition of core.call_history_legs default;

    -- Months ahead are made by a job; a month whose rows already lie among the strays is left there.
    create function core.call_history_partitions(p_from date, p_months int) returns int language plpgsql as $$
    declare m date; n int := 0; t text; suffix text;
    begin
      perform pg_advisory_xact_lock(hashtext('core.call_history_partitions'));
      for i in 0 .. p_months - 1 loop
        m := date_trunc('month', p_from)::date + make_interval(months => i);
        suffix := to_char(m, '_YYYY_MM');
        foreach t in array array['call_history', 'call_history_legs'] loop
          continue when to_regclass('core.' || t || suffix) is not null;
          begin
            execute format('create table core.%I partition of core.%I for values from (%L) to (%L)',
              t || suffix, t, m::timestamp at time zone 'UTC', (m + interval '1 month')::timestamp at time zone 'UTC');
            -- Outcomes hang on direction, dispositions on campaigns: without this the planner multiplies their shares.
            if t = 'call_history' then
              execute format('create statistics core.%I (mcv) on campaign_id, direction, outcome, disposition_id, site_id
                from core.%I', t || suffix || '_mcv', t || suffix);
            end if;
            n := n + 1;
          exception when check_violation then null;
          end;
        end loop;
      end loop;
      return n;
    end $$;

    create table core.call_stats (
      campaign_id int not null,
      day date not null,                                    -- call_history.day
      agent_id int,
      outcome text not null,
      disposition_id int,
      calls int not null default 0,
      talk_ms bigint not null default 0,
      billable_ms bigint not null default 0,
      constraint call_stats_key unique nulls not distinct (campaign_id, day, agent_id, outcome, disposition_id)
    ) with (fillfactor = 70);
    create index on core.call_stats (day);
    create index on core.call_stats (agent_id, day);

    -- Its sums over all agents, of the days in call_summed_days: the floor of a quarter reads a tenth of the lines.
    create table core.call_day_stats (
      campaign_id int not null,
      day date not null,
      outcome text not null,
      disposition_id int,
      calls int not null,
      talk_ms bigint not null,
      billable_ms bigint not null,
      constraint call_day_stats_key unique nulls not distinct (campaign_id, day, outcome, disposition_id)
    );
    create index on core.call_day_stats (day);
    create table core.call_summed_days (day date primary key);

    -- What was asked for, by whom, and how far it has come; the rows themselves are read while they are sent.
    create table core.call_exports (
      id uuid primary key,
      requested_by_kind text not null,
      requested_by_id int not null,
      filter jsonb not null,
      format jsonb not null,
      state text not null check (state in ('ready', 'running', 'done', 'interrupted')),
      rows_total int not null,
      rows_written int not null default 0,
      bytes_written bigint not null default 0,
      created_at timestamptz(3) not null,
      started_at timestamptz(3),
      finished_at timestamptz(3)
    );
    create index on core.call_exports (requested_by_kind, requested_by_id, created_at);
  `)
    await db.raw(`select core.call_history_partitions(current_date, 4)`)
  },

  async down(db) {
    await db.raw(`
    drop table core.call_exports; drop table core.call_summed_days; drop table core.call_day_stats; drop table core.call_stats; drop function core.call_history_partitions; drop table core.call_history_legs;
    drop table core.call_history; drop table core.call_legs; drop table core.calls;
  `)
  }
}
