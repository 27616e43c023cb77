// From the agent's click (HTTP request sent) to the INVITE at the gateway, on a real Asterisk with our dialplan.
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { asteriskSandbox } from '@evscallpro/asterisk-sandbox'
import { callEnded, connectDatabase, coreDomain, createApp, migrate, withDomain } from '@evscallpro/core'
import { startEmbeddedPostgres } from '@evscallpro/embedded-postgres'
import { ami, kitTemplates } from '@evscallpro/plugin-ami'
import { trunks } from '@evscallpro/plugin-trunks'
import { loginAs, makeSite } from '@evscallpro/testing'
import { Ami, type Packet } from '../packages/asterisk-sandbox/test/ami.ts'

const { values } = parseArgs({
  options: {
    calls: { type: 'string', default: '200' },
    shift: { type: 'string', default: '210' },
    json: { type: 'boolean', default: false },
    check: { type: 'boolean', default: false }
  }
})
const calls = values.check ? 30 : Number(values.calls)
/** p95 that is wanted, ms. */
const targetMs = 500

const ends: (() => unknown)[] = []
const teardown = (end: () => unknown): void => void ends.unshift(end)
try {
  const took = await measure()
  const sorted = [...took].sort((a, b) => a - b)
  const at = (share: number): number => Math.round(sorted[Math.ceil(sorted.length * share) - 1]! * 10) / 10
  const softphone = { calls, p50: at(0.5), p95: at(0.95), p99: at(0.99), max: at(1) }
  if (values.json) console.log(JSON.stringify({ softphone }))
  else
    console.log(
      `click to INVITE, softphone that answers by itself, ${calls} calls: p50 ${softphone.p50} ms, p95 ${softphone.p95} ms (target ${targetMs}), p99 ${softphone.p99} ms, worst ${softphone.max} ms`
    )
  if (values.check && softphone.p95 > targetMs) process.exitCode = 1
} finally {
  for (const end of ends) await end()
}

/** Milliseconds of each call, one after the other: what an agent waits. */
async function measure(): Promise<number[]> {
  const folder = await mkdtemp(join(tmpdir(), 'evs-'))
  teardown(() => rm(folder, { recursive: true, force: true }))
  const sandbox = await asteriskSandbox.up({
    shift: Number(values.shift),
    runDir: join(folder, 'pbx'),
    overlays: { central: [kitTemplates] }
  })
  teardown(() => sandbox.down())
  const postgres = await startEmbeddedPostgres({ dataDir: join(folder, 'postgres') })
  teardown(() => postgres.stop())
  const { address, amiPort, accounts } = sandbox.central
  const plugins = withDomain([
    coreDomain({
      destinations: { allow: ['+33'], deny: [] },
      dialLimits: {
        agent: { burst: 100_000, perMinute: 100_000 },
        trunk: { burst: 100_000, perMinute: 100_000 },
        'api-key': { burst: 1, perMinute: 1 }
      }
    }),
    ami({
      host: address,
      port: amiPort,
      username: 'evs',
      secret: accounts.evs.secret,
      journal: { folder: join(folder, 'journal'), retentionHours: 1, segmentBytes: 16_777_216 }
    }),
    trunks()
  ])
  const db = connectDatabase(postgres.url)
  teardown(() => db.destroy())
  await migrate(db, plugins)
  const app = await createApp({ db, plugins, logger: false })
  teardown(() => app.close())
  const url = await app.listen({ host: '127.0.0.1', port: 0 })

  const siteId = await makeSite(app, { caller_id: '+33199000001', trunks: [] })
  const admin = await loginAs(app, 'admin')
  const agent = await loginAs(app, 'agent', { siteId, extension: '1001' })
  const ask = async <T>(who: typeof agent, method: string, path: string, body: object): Promise<T> => {
    const answer = await fetch(url + path, {
      method,
      headers: { ...who.headers, 'content-type': 'application/json' },
      body: JSON.stringify(body)
    })
    if (!answer.ok) throw new Error(`${method} ${path}: ${await answer.text()}`)
    return (await answer.json()) as T // our own API
  }
  const ids: number[] = []
  for (const name of ['trunk-site-a', 'trunk-site-b'])
    ids.push(
      (await ask<{ id: number }>(admin, 'POST', '/api/trunks', { name, label: name, siteId, channels: 4 })).id
    )
  await ask(admin, 'PUT', `/api/trunks/sites/${siteId}`, { routes: ids.map(trunkId => ({ trunkId })) })
  await ask(agent, 'PUT', '/api/agent/session', { station: 'extension' })
  await sandbox.phone('1001', 'auto')
  while (!(await fetch(`${url}/health/ready`)).ok) await new Promise(resolve => setTimeout(resolve, 50))

  const gateway = new Ami(sandbox.gatewayA)
  teardown(() => gateway.close())
  await gateway.login(sandbox.gatewayA.accounts.lab)
  const took: number[] = []
  const warmUp = 5
  for (let n = 0; n < calls + warmUp; n++) {
    gateway.packets.length = 0
    const invited = gateway.packet(isInvite)
    const ended = new Promise<void>(resolve => {
      const off = app.kernel.events.on(callEnded, () => {
        off()
        resolve()
      })
    })
    const clickMs = performance.now()
    const { callId } = await ask<{ callId: string }>(agent, 'POST', '/api/calls', { number: '+33199001200' })
    await invited
    if (n >= warmUp) took.push(performance.now() - clickMs)
    await ask(agent, 'POST', `/api/calls/${callId}/hangup`, {})
    await ended
  }
  return took
}

/** The call comes in at the gateway: a channel from central in state Ring. */
function isInvite({ Event, Channel = '', ChannelState }: Packet): boolean {
  return Event === 'Newchannel' && Channel.startsWith('PJSIP/central-') && ChannelState === '4'
}
