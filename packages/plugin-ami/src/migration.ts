import type { Migration } from '@evscallpro/core'
import { checkpointsTable } from './journal/checkpoints.ts'

/** How far the journals of the PBXs are written. */
export const journals: Migration = {
  async up(db) {
    await db.raw(checkpointsTable)
  },
  async down(db) {
    await db.raw('drop table ami.journals')
  }
}
