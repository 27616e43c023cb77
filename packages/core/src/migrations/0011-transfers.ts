import type { Migration } from '../kernel/plugin.ts'

/** Transfers of a call: edges between its legs, `{ kind, at, from, party, to }` as the API shows them. */
export const transfers: Migration = {
  async up(db) {
    await db.raw(`
    alter table core.call_history add column transfers jsonb not null default '[]'
      constraint call_history_transfers_are_edges check (jsonb_typeof(transfers) = 'array');
  `)
  },

  async down(db) {
    await db.raw('alter table core.call_history drop column transfers')
  }
}
