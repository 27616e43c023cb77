#!/usr/bin/env node
import { readFileSync, writeFileSync } from 'node:fs'
import { parseArgs } from 'node:util'
import type { Account } from './accounts.ts'
import type { SimulatorOptions } from './options.ts'
import { startPbxSimulator } from './simulator.ts'

const USAGE = `evs-pbx-simulator: an AMI server that behaves like Asterisk 22 with the EVS dialplan kit

  --port N             port of the manager interface (default 0: a free one)
  --host ADDRESS       default 127.0.0.1
  --user NAME          manager account (default evs); its secret comes from --secret-file or EVS_PBX_SECRET
  --secret-file FILE   first line is the secret
  --lab-user NAME      second account that may also use SimPhone, SimTrunk, SimCdr, SimCall;
  --lab-secret-file F  its secret, or EVS_PBX_LAB_SECRET
  --seed TEXT          same seed, same delays and orders (default 1)
  --time-scale N       times faster than wall time (default 1)
  --phones N           phones from 1001 on (default 20)
  --ready-file FILE    the line printed when ready is written there as well
`

const { values } = parseArgs({
  options: {
    port: { type: 'string' },
    host: { type: 'string' },
    user: { type: 'string' },
    'secret-file': { type: 'string' },
    'lab-user': { type: 'string' },
    'lab-secret-file': { type: 'string' },
    seed: { type: 'string' },
    'time-scale': { type: 'string' },
    phones: { type: 'string' },
    'ready-file': { type: 'string' },
    help: { type: 'boolean' }
  }
})

if (values.help) process.stdout.write(USAGE)
else {
  try {
    await serve()
  } catch (error) {
    process.stderr.write(`evs-pbx-simulator: ${error instanceof Error ? error.message : String(error)}\n`)
    process.exitCode = 1
  }
}

async function serve(): Promise<void> {
  const accounts: Account[] = [
    {
      username: values.user ?? 'evs',
      secret: secretFrom('--secret-file', values['secret-file'], 'EVS_PBX_SECRET')
    }
  ]
  if (values['lab-user'] !== undefined) {
    const secret = secretFrom('--lab-secret-file', values['lab-secret-file'], 'EVS_PBX_LAB_SECRET')
    accounts.push({ username: values['lab-user'], secret, lab: true })
  }
  const options: SimulatorOptions = { accounts, port: number('port', 0), phones: number('phones', 20) }
  if (values.host !== undefined) options.host = values.host
  if (values.seed !== undefined) options.seed = values.seed
  if (values['time-scale'] !== undefined) options.timeScale = number('time-scale', 1)
  const simulator = await startPbxSimulator(options)
  const ready = `${JSON.stringify({ ready: true, port: simulator.port, host: simulator.host })}\n`
  if (values['ready-file'] !== undefined) writeFileSync(values['ready-file'], ready)
  process.stdout.write(ready)
  const stop = (): void => {
    simulator.close().catch((error: unknown) => {
      process.stderr.write(`evs-pbx-simulator: ${String(error)}\n`)
      process.exitCode = 1
    })
  }
  process.once('SIGTERM', stop)
  process.once('SIGINT', stop)
}

/** A secret never stands on the command line, where every user of the machine can read it. */
function secretFrom(option: string, file: string | undefined, variable: string): string {
  const secret = file === undefined ? process.env[variable] : readFileSync(file, 'utf8').split(/\r?\n/)[0]
  if (secret) return secret
  throw new TypeError(`no secret: give ${option} FILE (first line) or set ${variable}`)
}

function number(name: 'port' | 'phones' | 'time-scale', fallback: number): number {
  const text = values[name]
  if (text === undefined) return fallback
  const value = Number(text)
  if (text.trim() !== '' && Number.isFinite(value) && value >= 0) return value
  throw new TypeError(`--${name} must be a number, found "${text}"`)
}
