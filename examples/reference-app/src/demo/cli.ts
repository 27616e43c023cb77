import { parseArgs } from 'node:util'
import { type Audit, isRight, survived } from './audit.ts'
import { type Chaos, chaosOn } from './chaos.ts'
import { asteriskPbx, simulatorPbx } from './pbx.ts'
import { runShift } from './run-shift.ts'

const usage = `npm run demo -- [--pbx simulator|asterisk] [--calls N] [--chaos] [--json]

Plays a shift on a server, a database and a PBX of its own, through the public HTTP API, and ends them:
agents log in, take contacts, call, talk, qualify and finalise. Then every call is compared with its row.
With --chaos the server is killed, the connection to the PBX cut, also inside a packet, and events come twice, all
through the shift; then no call may be missing or doubled, and only what fell into a gap may differ.
Exit code 1 when anything is wrong.`

async function main(): Promise<number> {
  const { values } = parseArgs({
    options: {
      pbx: { type: 'string', default: 'simulator' },
      calls: { type: 'string', default: '24' },
      chaos: { type: 'boolean', default: false },
      json: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false }
    }
  })
  if (values.help) {
    process.stdout.write(`${usage}\n`)
    return 0
  }
  const calls = Number(values.calls)
  if (!Number.isInteger(calls) || calls < 1 || calls > 5000)
    throw new Error(`--calls is '${values.calls}': give a whole number from 1 to 5000`)
  if (values.pbx !== 'simulator' && values.pbx !== 'asterisk')
    throw new Error(`--pbx is '${values.pbx}': choose simulator or asterisk`)
  const say = (line: string): void => void process.stderr.write(`${line}\n`)

  say(`PBX: ${values.pbx} …`)
  const plain = values.pbx === 'asterisk' ? await asteriskPbx(say) : await simulatorPbx()
  const chaos = values.chaos ? await chaosOn(plain) : null
  const pbx = chaos?.pbx ?? plain
  try {
    if (chaos) return await playChaos(chaos, calls, values.json, say)
    const audit = await runShift(pbx, calls, { onProgress: say })
    if (values.json) process.stdout.write(`${JSON.stringify(audit)}\n`)
    else print(audit)
    return isRight(audit, calls) ? 0 : 1
  } finally {
    await pbx.down()
  }
}

async function playChaos(
  chaos: Chaos,
  calls: number,
  json: boolean,
  say: (line: string) => void
): Promise<number> {
  const audit = await runShift(chaos.pbx, calls, {
    onProgress: say,
    onBegin: server => chaos.begin(server),
    onFinished: () => chaos.stop()
  })
  if (json) process.stdout.write(`${JSON.stringify({ ...audit, faults: chaos.faults })}\n`)
  else {
    print(audit)
    const { kills, cuts, halfPackets, duplicatedEvents } = chaos.faults
    console.log(
      `server killed ${kills} times, wire cut ${cuts} times and ${halfPackets} times inside a packet, ${duplicatedEvents} events sent twice; ${audit.estimated} rows estimated`
    )
  }
  return survived(audit, calls) ? 0 : 1
}

function print(audit: Audit): void {
  const header = {
    scenario: 'played',
    calls: 'calls',
    outcome: 'outcome',
    endedBy: 'ended by',
    talkS: 'talk s'
  }
  const rows = [header, ...audit.table.map(row => ({ ...row, calls: String(row.calls) }))]
  const columns = ['scenario', 'calls', 'outcome', 'endedBy', 'talkS'] as const
  const width = (column: (typeof columns)[number]): number => Math.max(...rows.map(row => row[column].length))
  for (const row of rows) console.log(columns.map(column => row[column].padEnd(width(column))).join('  '))
  for (const { scenario, expected, found } of audit.wrong)
    console.log(`WRONG ${scenario}: expected ${expected}, found ${found}`)
  console.log(
    `\ncalls made ${audit.calls}, rows found ${audit.rows}, missing ${audit.missing}, doubled ${audit.doubled}, outcomes right ${audit.outcomesRight}` +
      `, without qualification ${audit.unqualified}` +
      `; ${audit.cdrLinkedids} linkedids in the CDR of the PBX, ${audit.cdrWithoutOneRow} without exactly one row`
  )
}

main().then(
  code => {
    process.exitCode = code
  },
  (error: unknown) => {
    console.error(error instanceof Error ? error.message : error)
    process.exitCode = 1
  }
)
