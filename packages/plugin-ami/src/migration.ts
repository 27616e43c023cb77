import type { Migration } from '@evscallpro/core'
import { checkpointsTable } from './journal/checkpoints.ts'
import { cdrTable } from './reconcile/cdr-store.ts'

/** How far the journals of the PBXs are written, and what their CDRs said. */
export const journals: Migration = {
  async up(db) {
    await db.raw(checkpointsTable)
    await db.raw(cdrTable)
  },
  async down(db) {
    await db.raw('drop table ami.journals, ami.cdr')
  }
}
