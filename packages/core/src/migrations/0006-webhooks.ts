import type { Migration } from '../kernel/plugin.ts'

/** Facts that must not be lost, written with what they tell, and who has to hear of them. */
export const webhooks: Migration = {
  async up(db) {
    await db.raw(`
    -- The numbers of one call's facts ascend: each is drawn while its writer holds the call's row. Hence no cache.
    create table core.outbox (
      id bigint generated always as identity primary key,
      event_id uuid not null default gen_random_uuid(),
      event text not null,
      subject uuid not null,                                -- the call; its facts are delivered in their order
      occurred_at timestamptz(3) not null default clock_timestamp(),
      data json not null                                    -- as written: json keeps the bytes
    );
    create index on core.outbox (occurred_at);

    create table core.webhook_subscriptions (
      id int generated always as identity primary key,
      name text not null constraint webhook_subscriptions_name_key unique,
      url text not null,
      events text[] not null,
      active boolean not null default true,
      disabled_reason text,
      secret bytea not null,                                -- encrypted: signing needs the secret itself
      previous_secret bytea,
      previous_until timestamptz(3),
      created_at timestamptz(3) not null,
      revision bigint not null default 1
    );

    create table core.webhook_deliveries (
      id bigint generated always as identity primary key,
      subscription_id int not null references core.webhook_subscriptions on delete cascade,
      outbox_id bigint not null references core.outbox on delete cascade,
      subject uuid not null,
      state text not null default 'pending' check (state in ('pending', 'delivered', 'dead')),
      attempts smallint not null default 0,
      due_at timestamptz(3) not null default '-infinity',   -- of an attempt under way: when it counts as lost
      last_attempt_at timestamptz(3),
      last_status smallint,
      last_error text,
      unique (subscription_id, outbox_id)
    ) with (fillfactor = 80);
    create index on core.webhook_deliveries (subscription_id, due_at, id) where state = 'pending';
    create index on core.webhook_deliveries (subscription_id, subject, outbox_id) where state = 'pending';
    create index on core.webhook_deliveries (subscription_id, state, id);
    create index on core.webhook_deliveries (outbox_id);
  `)
  },

  async down(db) {
    await db.raw(
      'drop table core.webhook_deliveries; drop table core.webhook_subscriptions; drop table core.outbox'
    )
  }
}
