// From the agent's click (HTTP request sent) to the INVITE at the gateway, on a real Asterisk with our dialplan: for a
// softphone that answers by itself, and for a mobile's leg that is held over the shift.
import { parseArgs } from 'node:util'
import { callEnded } from '@evscallpro/core'
import type { SignedIn } from '@evscallpro/testing'
import { Ami, type Packet } from '../packages/asterisk-sandbox/test/ami.ts'
import { type DialFloor, openDialFloor } from './pbx/dial-floor.ts'

const { values } = parseArgs({
  options: {
    calls: { type: 'string', default: '200' },
    shift: { type: 'string', default: '210' },
    json: { type: 'boolean', default: false },
    check: { type: 'boolean', default: false }
  }
})
const calls = values.check ? 30 : Number(values.calls)
const warmUp = 5
/** p95 that is wanted, ms. */
const targetMs = 500

const ends: (() => unknown)[] = []
const teardown = (end: () => unknown): void => void ends.unshift(end)
try {
  const floor = await openDialFloor(teardown, Number(values.shift))
  const gateway = new Ami(floor.gateway)
  teardown(() => gateway.close())
  await gateway.login(floor.gateway.accounts.lab)
  const figures = {
    softphone: figuresOf(await measure(floor, gateway, floor.softphone)),
    held: figuresOf(await measure(floor, gateway, floor.held))
  }
  if (values.json) console.log(JSON.stringify(figures))
  else
    for (const [agent, { p50, p95, p99, max }] of Object.entries(figures))
      console.log(
        `click to INVITE, ${agent}, ${calls} calls: p50 ${p50} ms, p95 ${p95} ms (target ${targetMs}), p99 ${p99} ms, worst ${max} ms`
      )
  if (values.check && Object.values(figures).some(({ p95 }) => p95 > targetMs)) process.exitCode = 1
} finally {
  for (const end of ends) await end()
}

function figuresOf(took: readonly number[]) {
  const sorted = [...took].sort((a, b) => a - b)
  const at = (share: number): number => Math.round(sorted[Math.ceil(sorted.length * share) - 1]! * 10) / 10
  return { calls: took.length, p50: at(0.5), p95: at(0.95), p99: at(0.99), max: at(1) }
}

/** Milliseconds of each call of one agent, one after the other: what he waits. */
async function measure({ app, ask }: DialFloor, gateway: Ami, agent: SignedIn): Promise<number[]> {
  const took: number[] = []
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
    await ask(agent, 'POST', `/api/calls/${callId}/hangup`)
    await ended
  }
  return took
}

/** The call comes in at the gateway: a channel from central in state Ring. */
function isInvite({ Event, Channel = '', ChannelState }: Packet): boolean {
  return Event === 'Newchannel' && Channel.startsWith('PJSIP/central-') && ChannelState === '4'
}
