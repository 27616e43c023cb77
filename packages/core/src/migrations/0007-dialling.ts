import type { Migration } from '../kernel/plugin.ts'

/** Where calls may go, how many, by how many channels, and whether at all. */
export const dialling: Migration = {
  async up(db) {
    await db.raw(`
    alter table core.campaigns add column number_classes text[] not null default '{fixed,mobile,voip}';
    alter table core.users add column number_classes text[];  -- null: as the campaign's

    create table core.dialling (
      one boolean primary key default true check (one),
      stopped_at timestamptz,                               -- null: calls may be started
      reason text,
      policy jsonb,                                         -- what the server's configuration said at its last start
      check ((stopped_at is null) = (reason is null))
    );
    insert into core.dialling default values;

    -- Who stopped and resumed calls, and who opened classes of numbers.
    create table core.dialling_log (
      id bigint generated always as identity primary key,
      at timestamptz not null,
      actor_kind text not null,
      actor_id int not null,
      action text not null check (action in ('stopped', 'resumed', 'direct_classes')),
      detail text not null
    );

    create table core.dial_buckets (
      kind text not null check (kind in ('agent', 'trunk', 'api-key')),
      key text not null,
      tokens float8 not null,
      refilled_at timestamptz not null,
      primary key (kind, key)
    ) with (fillfactor = 50);

    -- Channels that a call in flight has reserved.
    create table core.call_ports (
      call_id uuid not null references core.calls on delete cascade,
      leg text not null check (leg in ('agent', 'customer')),
      trunk text not null,
      primary key (call_id, leg)
    );
    create index call_ports_trunk on core.call_ports (trunk);
  `)
  },

  async down(db) {
    await db.raw(`
    drop table core.call_ports; drop table core.dial_buckets; drop table core.dialling_log; drop table core.dialling;
    alter table core.users drop column number_classes; alter table core.campaigns drop column number_classes;
  `)
  }
}
