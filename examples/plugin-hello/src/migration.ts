import type { Migration } from '@evscallpro/core'

/** One row for each version of a campaign's greeting, and one for each call that began under a greeting. */
export const init: Migration = {
  async up(db) {
    await db.raw(`
    create table greetings.greetings (
      id int generated always as identity primary key,
      campaign_id int not null references core.campaigns on delete cascade,
      sentence text not null,
      trunk text,
      since timestamptz not null
    );
    create index greetings_newest on greetings.greetings (campaign_id, id desc);

    create table greetings.calls (
      call_id uuid primary key,
      greeting_id int references greetings.greetings on delete cascade,  -- null: none was in use, or the request is yet to be heard of
      answered boolean not null default false
    );
    create index calls_answered on greetings.calls (greeting_id) where answered`)
  },
  async down(db) {
    await db.raw('drop table greetings.calls, greetings.greetings')
  }
}
