import { connectDatabase } from '../../kernel/database.ts'
import type { Command } from '../../kernel/plugin.ts'
import { sumDays } from './call-day-stats.ts'
import { recountStats } from './call-stats.ts'

/** Recounts five years of rows in minutes, never in the half minute a statement usually has. */
const longestMs = 3_600_000

/** `evs recount-stats`: compares the roll-up of calls with the rows, and mends it. */
export const recountStatsCommand: Command = {
  summary: 'Compare the call statistics with the calls, and write them anew where they differ',
  usage: `recount-stats [--check]

DATABASE_URL names the database. It goes month by month; new calls wait to be written
while one is compared.
--check  change nothing; exit code 1 when something differs`,
  async run(args, io) {
    const unknown = args.find(arg => arg !== '--check')
    if (unknown !== undefined) {
      io.err(`evs recount-stats: '${unknown}' is not an option. See evs help recount-stats.`)
      return 2
    }
    const url = process.env.DATABASE_URL
    if (!url) {
      io.err(
        'evs recount-stats: set DATABASE_URL to the database, as postgres://user:password@host:5432/name.'
      )
      return 2
    }
    const check = args.includes('--check')
    const db = connectDatabase(url, { statementTimeoutMs: longestMs, applicationName: 'evs recount-stats' })
    try {
      const wrong = await recountStats(db, { mend: !check })
      const left = check ? 0 : await sumDays(db, new Date())
      if (left > 0) io.out(`${left} days are summed later, by the server: the call statistics are in use.`)
      io.out(wrong === 0 ? 'The call statistics agree with the calls.' : sentence(wrong, check))
      return wrong > 0 && check ? 1 : 0
    } finally {
      await db.destroy()
    }
  }
}

const sentence = (wrong: number, check: boolean): string =>
  `${wrong} lines of the call statistics ${check ? 'differ from the calls.' : 'differed from the calls and are mended.'}`
