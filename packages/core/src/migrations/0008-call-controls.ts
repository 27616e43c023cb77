import type { Migration } from '../kernel/plugin.ts'

/** What is done with a call while it lasts, and what its record says of acceptance and recording. */
export const callControls: Migration = {
  async up(db) {
    await db.raw(`
    alter table core.calls drop constraint calls_state_check;
    alter table core.calls add constraint calls_state_check check (state in ('requested', 'ringing_agent',
      'awaiting_acceptance', 'agent_accepted', 'dialling_customer', 'ringing_customer', 'talking'));
    alter table core.calls
      add column attempt smallint not null default 1,       -- of the agent's leg
      add column attempts smallint not null default 1,      -- how often it may be tried
      add column attempted_at timestamptz,                  -- when this attempt began; null: the first, at requested_at
      add column leg_stays boolean not null default false,  -- the agent's leg outlives the call
      add column leg_channel text,                          -- of a leg that was on the line before
      add column request jsonb,                             -- what the PBX was asked for, when it may have to be asked again
      add column accept_until timestamptz,                  -- he has answered and must accept by then
      add column accept_sent_at timestamptz,                -- accepted on the screen; sent to the PBX once
      add column accepted_by text check (accepted_by in ('answer', 'key', 'screen')),
      add column held_since timestamptz,
      add column muted boolean not null default false,
      add column recording text not null default 'off' check (recording in ('off', 'on', 'paused')),
      add column recording_file text;                       -- where the PBX was asked to record to

    alter table core.call_history
      add column accepted_by text check (accepted_by in ('answer', 'key', 'screen')),
      add column accept_ms int check (accept_ms >= 0),      -- from the answer of the agent's leg
      add column voicemail_suspected boolean,
      add column recording text;                            -- file without extension, below the PBX's folder of recordings

    alter table core.campaigns add column record_calls boolean not null default false;

    -- Legs of agents that wait for calls: held over a session, or kept for a while after a call that reached nobody.
    create table core.agent_legs (
      id uuid primary key,                                  -- a kept leg has the id of the call that it began with
      kind text not null check (kind in ('held', 'kept', 'code')),
      agent_id int not null references core.users,
      session_id bigint references core.agent_sessions,
      pbx text not null,
      station text not null,
      state text not null check (state in ('requested', 'ringing', 'awaiting_acceptance', 'ready', 'ended')),
      attempt smallint not null default 1,
      attempts smallint not null default 1,
      leg jsonb not null,                                   -- how the agent is reached
      channel text,
      accept_until timestamptz,
      accept_sent_at timestamptz,
      requested_at timestamptz not null,
      ready_at timestamptz,
      ended_at timestamptz,
      end_requested_at timestamptz,
      end_reason text
    );
    create unique index agent_legs_open on core.agent_legs (agent_id) where ended_at is null;
    create index agent_legs_agent on core.agent_legs (agent_id, requested_at);
  `)
  },

  async down(db) {
    await db.raw(`
    drop table core.agent_legs;
    alter table core.campaigns drop column record_calls;
    alter table core.call_history drop column accepted_by, drop column accept_ms, drop column voicemail_suspected,
      drop column recording;
    alter table core.calls drop column attempt, drop column attempts, drop column attempted_at, drop column leg_stays, drop column leg_channel, drop column request, drop column accept_until, drop column accept_sent_at, drop column accepted_by,
      drop column held_since, drop column muted, drop column recording, drop column recording_file;
    update core.calls set state = 'ringing_agent' where state = 'awaiting_acceptance';
    alter table core.calls drop constraint calls_state_check;
    alter table core.calls add constraint calls_state_check check (state in ('requested', 'ringing_agent',
      'agent_accepted', 'dialling_customer', 'ringing_customer', 'talking'));
  `)
  }
}
