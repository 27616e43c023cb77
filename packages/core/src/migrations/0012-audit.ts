import type { Migration } from '../kernel/plugin.ts'

/** Who listened to whom: written before a phone rings, closed by what the PBX tells. */
export const audit: Migration = {
  async up(db) {
    await db.raw(`
    create table core.audit (
      id uuid primary key,                                  -- of the supervisor's leg
      action text not null check (action in ('listen', 'whisper')),
      actor_id int not null references core.users,
      agent_id int references core.users,                   -- who was heard
      call_id uuid not null,
      pbx text not null,
      requested_at timestamptz not null,
      began_at timestamptz,                                 -- null: he never heard anything
      ended_at timestamptz
    );
    create index audit_newest on core.audit (requested_at desc, id desc);
    create index audit_open on core.audit (pbx) where ended_at is null;
    create index audit_open_by_call on core.audit (call_id) where ended_at is null;

    create function core.announce_listenings() returns trigger language plpgsql as $$
    begin
      perform core.announce('calls', array(select distinct call_id::text from changed));
      return null;
    end $$;
    create trigger announce_insert after insert on core.audit referencing new table as changed
      for each statement execute function core.announce_listenings();
    create trigger announce_update after update on core.audit referencing new table as changed
      for each statement execute function core.announce_listenings();
  `)
  },

  async down(db) {
    await db.raw('drop table core.audit; drop function core.announce_listenings')
  }
}
