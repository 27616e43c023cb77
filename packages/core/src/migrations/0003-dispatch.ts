import type { Migration } from '../kernel/plugin.ts'
import { editing } from './dispatch/editing.ts'
import { gateCalls } from './dispatch/gate-calls.ts'
import { granting } from './dispatch/granting.ts'
import { entriesByKeys, keyLookUps } from './dispatch/key-look-ups.ts'
import { listing } from './dispatch/listing.ts'
import { segments } from './dispatch/segments.ts'
import { settling } from './dispatch/settling.ts'
import { dispatchTables } from './dispatch/tables.ts'
import { turn } from './dispatch/turn.ts'

/**
 * Segments, hand-outs and the dispatch turn.
 *
 * One short transaction per turn under the campaign's row lock answers everything that waits: exact order, no contact
 * twice, no deadlock. Contacts dispatched alike share a segment; a segment knows its first ready contact (its head), so
 * the cost of a turn does not depend on how many contacts there are, nor on how many rules gates have.
 */
export const dispatch: Migration = {
  async up(db) {
    for (const part of [
      dispatchTables,
      keyLookUps,
      segments,
      gateCalls,
      settling,
      granting,
      listing,
      turn,
      editing
    ])
      await db.raw(part)
    await db.raw(entriesByKeys)
  },

  async down(db) {
    const { rows } = await db.raw<{ rows: { name: string }[] }>(
      `select p.oid::regprocedure::text as name from pg_proc p join pg_namespace n on n.oid = p.pronamespace
        where n.nspname = 'core' and p.proname like 'dispatch\\\\_%'`
    )
    for (const { name } of rows) await db.raw(`drop function ${name}`)
    await db.raw(`
      drop type core.dispatch_rooms; drop table core.callbacks; drop table core.handouts; drop table core.dispatch_gates; drop table core.dispatch_blocks;
      drop table core.segment_marks; drop table core.segments; drop table core.dispatch_zones;
      drop table core.campaign_dispatch; drop sequence core.dispatch_mark_seq;
    `)
  }
}
