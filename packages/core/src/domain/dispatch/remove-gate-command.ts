import { connectDatabase } from '../../kernel/database.ts'
import type { Command } from '../../kernel/plugin.ts'
import { removeGate } from './gate-registry.ts'

/** `evs dispatch-gate-remove NAME`: takes the gate of a plugin that is no longer wanted out of the turn. */
export const removeGateCommand: Command = {
  summary: "Take a plugin's gate out of dispatch for good, and open what it had closed",
  usage: 'dispatch-gate-remove NAME\n\nThe database is the one DATABASE_URL names.',
  async run([name], io) {
    const url = process.env.DATABASE_URL
    if (!name || !url) {
      io.err(
        name
          ? 'Set DATABASE_URL to the database the server uses.'
          : 'Name the gate: evs dispatch-gate-remove NAME'
      )
      return 2
    }
    const db = connectDatabase(url, { poolMax: 2, applicationName: 'evs dispatch-gate-remove' })
    try {
      const removed = await removeGate(db, name)
      io.out(removed ? `Gate '${name}' is removed.` : `There is no gate '${name}'.`)
      return removed ? 0 : 1
    } finally {
      await db.destroy()
    }
  }
}
