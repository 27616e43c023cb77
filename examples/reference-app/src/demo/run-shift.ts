import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Api } from './api.ts'
import { type Audit, auditShift } from './audit.ts'
import type { ShiftPbx } from './pbx.ts'
import { freePort, ServerProcess } from './server-process.ts'
import { playShift, prepareShift } from './shift.ts'

export interface RunOptions {
  readonly onProgress?: (step: string) => void
  /** Told after each call; what it returns is waited for by nobody. */
  readonly onCall?: (done: number, server: ServerProcess) => void
  /** Told once, when the agents begin. */
  readonly onBegin?: (server: ServerProcess) => void
  /** Waited for when the agents have finished, before rows are compared. */
  readonly onFinished?: () => Promise<void>
  /** Looks at the database when the shift is over and the server still runs. */
  readonly inspect?: (dataDir: string) => Promise<void>
}

/** Starts a server and a database of its own, plays a shift of so many calls, compares, and ends them. */
export async function runShift(pbx: ShiftPbx, calls: number, options: RunOptions = {}): Promise<Audit> {
  const { onProgress = () => {}, onCall = () => {}, inspect } = options
  const dataDir = await mkdtemp(join(tmpdir(), 'evs-demo-'))
  const server = new ServerProcess(await freePort(), {
    ...pbx.env,
    EVS_DATA_DIR: dataDir,
    EVS_DEMO: 'on',
    EVS_FLOOR: 'off',
    EVS_DESTINATIONS: '+33',
    EVS_AGENT_RING_SECONDS: '5',
    DATABASE_URL: ''
  })
  try {
    onProgress('Server and database …')
    await server.start()
    const anonymous = new Api(server.base)
    const accounts: { login: string; password: string }[] = JSON.parse(
      await readFile(join(dataDir, 'demo-accounts.json'), 'utf8')
    )
    const { password } = accounts.find(({ login }) => login === 'admin')!
    const admin = await anonymous.login('admin', password)
    const setup = await prepareShift(admin, calls)
    let done = 0
    const tick = Math.max(1, Math.round(calls / 10))
    options.onBegin?.(server)
    const played = await playShift({
      anonymous,
      pbx,
      setup,
      onCall: () => {
        done++
        if (done % tick === 0 || done === calls) onProgress(`${done} of ${calls} calls`)
        onCall(done, server)
      }
    })
    await options.onFinished?.()
    const audit = await auditShift(admin, pbx, setup.campaignIds, played)
    await inspect?.(dataDir)
    return audit
  } finally {
    await server.stop()
    await rm(dataDir, { recursive: true, force: true })
  }
}
