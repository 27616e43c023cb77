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
  `)
  },

  async down(db) {
    await db.raw(`
    alter table core.campaigns drop column record_calls;
    alter table core.call_history drop column accepted_by, drop column accept_ms, drop column voicemail_suspected,
      drop column recording;
    alter table core.calls drop column attempt, drop column accept_until, drop column accept_sent_at, drop column accepted_by,
      drop column held_since, drop column muted, drop column recording, drop column recording_file;
    update core.calls set state = 'ringing_agent' where state = 'awaiting_acceptance';
    alter table core.calls drop constraint calls_state_check;
    alter table core.calls add constraint calls_state_check check (state in ('requested', 'ringing_agent',
      'agent_accepted', 'dialling_customer', 'ringing_customer', 'talking'));
  `)
  }
}
