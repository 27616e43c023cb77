import type { Migration } from '@evscallpro/core'

/** How each site calls its agents' mobiles, and which numbers are known to be theirs. */
export const mobile: Migration = {
  async up(db) {
    await db.raw(`
    create table mobile_callback.site_settings (
      site_id int primary key references core.sites on delete cascade,
      mode text not null check (mode in ('per_call', 'held')),
      accept text not null check (accept in ('answer', 'key', 'screen')),
      accept_seconds smallint not null,
      ring_seconds smallint not null,
      attempts smallint not null,
      keep_seconds smallint not null,
      early_seconds smallint not null,                      -- 0: the gateway answers when a person does
      shift_seconds int not null,
      prompts text not null,                                -- folder of sounds on the PBX
      revision bigint not null default 1,
      constraint early_needs_acceptance check (accept <> 'answer' or early_seconds = 0)
    );

    -- Never changed but by withdrawal: who may be called on which number, since when and on whose word.
    create table mobile_callback.verifications (
      id uuid primary key,
      user_id int not null references core.users on delete cascade,
      number text not null,                                 -- E.164
      how text not null check (how in ('code', 'vouched')),
      vouched_by int references core.users,
      reason text,
      verified_at timestamptz not null,
      withdrawn_at timestamptz,
      withdrawn_by int references core.users
    );
    create index on mobile_callback.verifications (user_id, verified_at);

    -- Calls during which an agent keys the code on his screen. The dialplan compares; the code is not kept.
    create table mobile_callback.verification_calls (
      id uuid primary key,                                  -- of the leg
      user_id int not null references core.users on delete cascade,
      number text not null,
      started_at timestamptz not null,
      state text not null check (state in ('calling', 'right', 'failed'))
    );
    create index on mobile_callback.verification_calls (user_id, started_at);
  `)
  },
  async down(db) {
    await db.raw(
      'drop table mobile_callback.verification_calls, mobile_callback.verifications, mobile_callback.site_settings'
    )
  }
}
