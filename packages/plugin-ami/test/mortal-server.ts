import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import {
  agentLegs,
  callLedger,
  connectDatabase,
  coreDomain,
  definePlugin,
  type OriginateRequest,
  type TelephonyPort,
  telephony
} from '@evscallpro/core'
import { buildTestApp, fakeClock, loginAs, makeSite, type Teardown } from '@evscallpro/testing'
import { FactWriter } from '../src/fact-writer.ts'
import { withCallIds } from '../src/foreign-call-id.ts'
import { readCheckpoint, writeCheckpoint } from '../src/journal/checkpoints.ts'
import { JournalFollower } from '../src/journal/journal-follower.ts'
import { JournalWriter } from '../src/journal/journal-writer.ts'
import type { AmiPacket } from '../src/link/packet.ts'
import { journals } from '../src/migration.ts'
import { isSilent, neverPlaced } from '../src/open-calls.ts'
import { agentLegId } from '../src/originate.ts'
import { agentAnswers, channel, customerOf, START_MS } from './interpreting.ts'
import { arm, type Strike } from './strike.ts'

const pbx = 'sim'
const station = { station: 'twice', dial: 'PJSIP/1001', accept: 'none', ringSeconds: 5, attempts: 2 } as const

/** What the PBX tells of a request: the phone is busy first, then taken; the customer is busy, and the phone waits a while. */
function storyOf({ callId, attempt }: OriginateRequest): AmiPacket[] {
  if (attempt === 1) {
    const phone = channel('PJSIP/1001-00000009', agentLegId(callId, 1), agentLegId(callId, 1), {
      EVS_CALL_ID: callId,
      EVS_LEG: 'agent'
    })
    return [phone.begins(-3, 'Down'), phone.originated(-3), phone.rings(-2), phone.ends(-1, 17)]
  }
  const { agent, events } = agentAnswers(callId, 2)
  const customer = customerOf(callId, 1, 'trunk-site-a', agentLegId(callId, 2))
  const byHand = `${callId.slice(-12)}.7`
  const phone = channel('PJSIP/1001-00000077', byHand, byHand, {
    EVS_CALL_ID: `hand-${byHand}`,
    EVS_LEG: 'agent'
  })
  return [
    ...events,
    customer.begins(1.1, 'Down'),
    customer.dialled(1.2, agent, '33199002001', 'trunk-site-a'),
    customer.ends(2, 17),
    agent.kit(2.1, 'EvsHeldReady', `Session: ${callId}`),
    agent.ends(5, 16),
    phone.begins(6, 'Ring', 'CallerIDNum: 1001'),
    phone.kit(6.1, 'EvsHandDial', `CallId: hand-${byHand}`, 'Class: national', 'Number: 33199001009'),
    phone.ends(9, 16)
  ]
}

const textOf = (packet: AmiPacket): string =>
  Object.entries(packet)
    .flatMap(([name, value]) => [value].flat().map(one => `${name}: ${one}`))
    .join('\r\n')

async function until(condition: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await condition())) await new Promise(resolve => setTimeout(resolve, 5))
}

/** A server with one agent at work, whose process dies at a statement and begins anew; its PBX and its journal live on. */
export async function mortalServer(t: Teardown) {
  const folder = mkdtempSync(join(tmpdir(), 'evs-mortal-'))
  t.teardown(() => rmSync(folder, { recursive: true }))
  let dead = false
  let asked: string[] = []
  let follower: JournalFollower | undefined
  const nothing = async () => false
  const port: TelephonyPort = {
    pbx,
    controls: new Set(),
    async originate(request) {
      if (dead) throw new Error('the process is dead')
      asked.push(agentLegId(request.callId, request.attempt))
      for (const packet of storyOf(request)) journal.append('event', textOf(packet))
      return 'accepted'
    },
    holdLeg: async () => 'accepted',
    controlLeg: nothing,
    hangup: nothing,
    control: nothing,
    listen: nothing,
    endListening: nothing
  }
  const switchboard = definePlugin({
    name: 'ami',
    version: '0.1.0',
    migrations: { '0001-journals': journals },
    setup(_scope, { fill }) {
      fill(telephony, port)
      fill(agentLegs, { name: station.station, plan: () => station })
    }
  })
  const plenty = { burst: 10_000, perMinute: 100_000 }
  const { app, url } = await buildTestApp(t, {
    plugins: [
      coreDomain({
        destinations: { allow: ['+33'], deny: [] },
        dialLimits: { agent: plenty, trunk: plenty, 'api-key': plenty }
      }),
      switchboard()
    ]
  })
  const { kernel } = app
  const { clock, log } = kernel
  // Not the server's own: its statements are the ones that are counted.
  const db = connectDatabase(url, { poolMax: 1 })
  t.teardown(() => db.destroy())
  const journal = await JournalWriter.open({
    folder,
    pbx,
    segmentBytes: 1_048_576,
    retentionHours: 1,
    clock: fakeClock(new Date('2026-11-01T00:00:00Z')),
    log,
    deliver: (frames, stored) => follower?.take(frames, stored)
  })
  t.teardown(() => journal.close())
  const siteId = await makeSite(app, { trunks: ['trunk-site-a'], caller_id: '+33199000001' })
  const { headers } = await loginAs(app, 'agent', { siteId, extension: '1001' })
  const payload = { station: station.station }
  await app.inject({ method: 'PUT', url: '/api/agent/session', headers, payload })

  /** A process that reads the journal from its checkpoint on. */
  const begin = async () => {
    dead = false
    const ledger = kernel.extensions.one(callLedger)
    const writer = new FactWriter({
      pbx,
      ledger,
      clock,
      log,
      checkpoint: (trx, progress) => writeCheckpoint(trx, { pbx, journal: journal.id }, progress, clock.now())
    })
    follower = new JournalFollower({
      pbx,
      folder,
      writer,
      log,
      translate: facts => withCallIds(pbx, facts)
    })
    follower.resume(await readCheckpoint(db, pbx, journal.id), journal.place)
    await follower.caughtUp()
    return { follower, writer, ledger }
  }
  const openCalls = () => db('core.calls').select('id', 'attempt')
  /** Nothing of this life is on its way any more. */
  const quiet = async (writer: FactWriter): Promise<void> => {
    await until(async () => {
      await journal.flushed()
      return dead || (writer.waiting === 0 && (await openCalls()).length === 0)
    })
    await until(() => kernel.db.client.pool.numUsed() + kernel.db.client.pool.numPendingAcquires() === 0)
    await writer.flushed()
  }

  let rowsBefore: string[] = []
  return {
    /** One life, in which the agent calls; returns the status of his request. */
    async live(strike: Strike): Promise<number> {
      asked = []
      rowsBefore = await db('core.call_history').pluck('id')
      const { writer } = await begin()
      const disarm = arm(app, strike, () => {
        dead = true
        writer.close()
      })
      const number = '+33199002001'
      const answer = await app.inject({ method: 'POST', url: '/api/calls', headers, payload: { number } })
      await quiet(writer)
      disarm()
      return answer.statusCode
    },
    /** The next life: it reads on, and ends what the PBX was never asked for. Returns what is left. */
    async mend() {
      const lost = (await openCalls()).filter(call => !asked.includes(agentLegId(call.id, call.attempt)))
      const { follower, writer, ledger } = await begin()
      follower.passTime(START_MS + 60_000)
      await writer.flushed()
      const silent = (await ledger.openCalls(pbx)).filter(call => {
        return lost.some(({ id }) => id === call.callId) && isSilent(call, Number.POSITIVE_INFINITY)
      })
      follower.tell(silent.map(neverPlaced))
      await quiet(writer)
      const history = await db('core.call_history').whereNotIn('id', rowsBefore)
      const rows = history.filter(
        row => row.direction === 'outbound' && row.linkedid?.endsWith('.7') !== true
      )
      const { rows: uncounted } = await db.raw(
        `select outcome from core.call_history group by outcome
         except select outcome from core.call_stats group by outcome having sum(calls) > 0`
      )
      return {
        asked,
        rows,
        foreign: history.length - rows.length,
        rowLegs: await db('core.call_history_legs')
          .whereIn(
            'call_id',
            rows.map(({ id }) => id)
          )
          .orderBy('leg')
          .pluck('leg'),
        calls: await openCalls(),
        ports: await db('core.call_ports').select('call_id'),
        legs: await db('core.agent_legs').whereNull('ended_at').select('id'),
        handCalls: await db('core.hand_calls').whereNull('ended_at').select('uniqueid'),
        agent: (await db('core.agent_states').whereNull('until').first('state'))?.state,
        uncounted
      }
    }
  }
}
