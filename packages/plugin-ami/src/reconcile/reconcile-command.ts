import { readFile } from 'node:fs/promises'
import { parseArgs } from 'node:util'
import { type Command, connectDatabase } from '@evscallpro/core'
import { readCdr } from './cdr-store.ts'
import { compareWithCdr, gatherCdr } from './compare.ts'
import { readMasterCsv } from './master-csv.ts'

const dayMs = 86_400_000

/** `evs reconcile`: are all calls of Asterisk's CDR in call_history, and the other way round? */
export const reconcileCommand: Command = {
  summary: "Compare call_history with Asterisk's own CDR",
  usage: `reconcile [--cdr Master.csv] [--pbx NAME] [--from TIME] [--to TIME] [--json]
  Without --cdr: what the AMI event Cdr told. Times are ISO 8601; default: the last 24 hours. DATABASE_URL names the database.
  Exit code 1 when anything differs.`,

  async run(args, io) {
    const { values } = parseArgs({
      args: [...args],
      options: {
        cdr: { type: 'string' },
        pbx: { type: 'string', default: 'asterisk' },
        from: { type: 'string' },
        to: { type: 'string' },
        json: { type: 'boolean', default: false }
      }
    })
    const url = process.env.DATABASE_URL
    if (!url)
      throw new Error('DATABASE_URL is not set: give the database whose call_history is to be compared')
    const to = timeOf('--to', values.to, new Date())
    const from = timeOf('--from', values.from, new Date(to.getTime() - dayMs))
    const period = { from, to }
    const db = connectDatabase(url, { poolMax: 1, applicationName: 'evs reconcile' })
    try {
      const cdr = values.cdr
        ? gatherCdr(readMasterCsv(await readFile(values.cdr, 'utf8'))).filter(
            ({ endedAt }) => endedAt >= from && endedAt < to
          )
        : await readCdr(db, values.pbx, period)
      const result = await compareWithCdr(db, values.pbx, period, cdr, 10_000)
      if (values.json) io.out(JSON.stringify(result))
      else {
        for (const { difference, linkedid, callId, endedAt } of result.differences) {
          io.out(`${difference}  ${endedAt}  ${linkedid}  ${callId ?? '-'}`)
        }
        const rate =
          result.matchRate === null ? 'nothing to compare' : `${(result.matchRate * 100).toFixed(2)} %`
        io.out(
          `calls in the CDR ${result.cdrCalls}, with a row ${result.matched}: ${rate}; differences ${result.differences.length}; nobody's call ${result.noCall}`
        )
      }
      return result.differences.length === 0 ? 0 : 1
    } finally {
      await db.destroy()
    }
  }
}

function timeOf(option: string, text: string | undefined, fallback: Date): Date {
  if (text === undefined) return fallback
  const time = new Date(text)
  if (Number.isNaN(time.getTime()))
    throw new Error(`${option} is '${text}': give a time such as 2026-11-22T08:00:00Z`)
  return time
}
