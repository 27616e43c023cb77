import { type ControllableCall, callCapabilities, callProgressed, type LiveCallWire } from '@evscallpro/core'
import { loginAs } from '@evscallpro/testing'
import t from 'tap'
import { type Send, sender, type WorkingDay, workingDay } from './working-day.ts'

const number = '+33199000001'

interface Talk extends WorkingDay {
  readonly me: Send
  readonly agentId: number
  readonly callId: string
}

/** An agent in a talk with a number he dialled. */
async function talk(t: Parameters<typeof workingDay>[0]): Promise<Talk> {
  const day = await workingDay(t)
  const { send: me, id: agentId } = await day.agent()
  const { body } = await me<{ callId: string }>('POST', '/api/calls', { number })
  await day.pbx.talk(body.callId)
  return { ...day, me, agentId, callId: body.callId }
}

const live = async (send: Send, callId: string): Promise<LiveCallWire> =>
  (await send<{ live: LiveCallWire }>('GET', `/api/calls/${callId}`)).body.live

t.test('a talk offers what can be done with it now, and each order changes what is offered next', async t => {
  const { me, pbx, callId, app } = await talk(t)
  t.match(await live(me, callId), {
    state: 'talking',
    held: false,
    muted: false,
    recording: 'off',
    capabilities: ['hangup', 'hold', 'mute', 'digits']
  })
  const revisions: number[] = []
  app.kernel.events.on(callProgressed, ({ revision }) => void revisions.push(revision))
  t.equal((await me('POST', `/api/calls/${callId}/hold`)).status, 202)
  t.match(pbx.orders, [{ call: { callId, agentChannel: 'PJSIP/1001-00000001' }, order: { kind: 'hold' } }])
  t.equal((await live(me, callId)).held, false, 'it is held when the PBX says so')
  await pbx.tell([{ kind: 'hold', callId, atMs: 1_700_000_000_000, on: true }])
  t.match(await live(me, callId), {
    held: true,
    heldSince: '2023-11-14T22:13:20.000Z',
    capabilities: ['hangup', 'resume', 'mute']
  })
  const refused = await me<{ code: string; detail: string }>('POST', `/api/calls/${callId}/digits`, {
    digits: '1'
  })
  t.match(refused, {
    status: 409,
    body: { code: 'CORE_CALL_CONTROL_UNAVAILABLE', detail: /on hold.*resume/ }
  })
  await pbx.tell([{ kind: 'hold', callId, atMs: 1_700_000_001_000, on: false }])
  t.equal((await me('POST', `/api/calls/${callId}/mute`)).status, 202)
  t.match(await live(me, callId), {
    held: false,
    muted: true,
    capabilities: ['hangup', 'hold', 'unmute', 'digits']
  })
  t.equal((await me('POST', `/api/calls/${callId}/digits`, { digits: '12#' })).status, 202)
  t.match(pbx.orders.at(-1), {
    call: { customerChannel: 'PJSIP/trunk-a-00000001' },
    order: { kind: 'digits', digits: '12#' }
  })
  t.match(await me('POST', `/api/calls/${callId}/digits`, { digits: '1,2' }), { status: 400 })
  t.same(
    revisions,
    [...revisions].sort((a, b) => a - b),
    'revisions grow'
  )
  t.equal(revisions.length, 3, 'each change is told once')
})

t.test('what the PBX cannot do is offered to nobody', async t => {
  const { me, pbx, callId } = await talk(t)
  pbx.controls.delete('hold')
  t.notOk((await live(me, callId)).capabilities.includes('hold'))
  t.match(await me('POST', `/api/calls/${callId}/hold`), { status: 409 })
  t.same(pbx.orders, [], 'and nothing reached it')
})

t.test('a call belongs to its agent: others cannot see or hold it, a supervisor may listen', async t => {
  const day = await talk(t)
  const { callId, pbx, siteId, app } = day
  const other = (await day.agent()).send
  t.match(await other('POST', `/api/calls/${callId}/hold`), { status: 404 })
  const supervisor = sender(app, await loginAs(app, 'supervisor', { siteId, extension: '1099' }))
  t.same((await live(supervisor, callId)).capabilities.slice(-2), ['listen', 'whisper'])
  const { body } = await supervisor<{ listenId: string }>('POST', `/api/calls/${callId}/listen`, {
    mode: 'whisper'
  })
  t.match(pbx.listens, [
    { call: { callId }, request: { listenId: body.listenId, mode: 'whisper', leg: { dial: 'PJSIP/1099' } } }
  ])
  t.equal((await supervisor('DELETE', `/api/calls/${callId}/listen/${body.listenId}`)).status, 204)
  t.match(await day.me('POST', `/api/calls/${callId}/listen`, {}), { status: 403 }, 'agents do not listen')
  const phoneless = sender(app, await loginAs(app, 'supervisor', { siteId }))
  t.match(await phoneless('POST', `/api/calls/${callId}/listen`, {}), {
    status: 409,
    body: { code: 'CORE_LISTENER_WITHOUT_PHONE' }
  })
})

t.test('a call that has ended takes no orders', async t => {
  const { me, pbx, callId } = await talk(t)
  await pbx.end(callId)
  t.match(await me('POST', `/api/calls/${callId}/hold`), { status: 409, body: { code: 'CORE_CALL_ENDED' } })
})

t.test('an accepted leg stands in the record, with how long it took and where it was recorded', async t => {
  const day = await workingDay(t)
  const { send: me } = await day.agent()
  await day.admin('PATCH', `/api/campaigns/${day.campaignId}`, { recordCalls: true })
  await day.contacts('0001')
  const { body: next } = await me<{ handout: { id: number } }>('POST', '/api/handouts', {
    campaignId: day.campaignId
  })
  const { body } = await me<{ callId: string }>('POST', `/api/handouts/${next.handout.id}/calls`, {})
  const { callId } = body
  const file = day.pbx.requests.at(-1)?.recordingFile
  t.match(file, new RegExp(`^\\d{4}/\\d\\d/\\d\\d/${callId}$`))
  await day.pbx.leg(callId, 'agent', 'created', 'ringing', 'answered')
  await day.pbx.tell([{ kind: 'recording', callId, atMs: Date.now(), on: true }])
  t.match(await live(me, callId), { recording: 'on' })
  await day.pbx.end(callId, { acceptedBy: 'key', acceptMs: 2200, voicemailSuspected: false, recorded: true })
  const { body: over } = await me<{ record: object }>('GET', `/api/calls/${callId}`)
  t.match(over.record, { acceptedBy: 'key', acceptMs: 2200, voicemailSuspected: false, recording: file })
})

t.test('capabilities follow from the call alone', async t => {
  const call: ControllableCall = {
    state: 'awaiting_acceptance',
    agentId: 7,
    accept: 'screen',
    acceptSent: false,
    held: false,
    muted: false,
    recording: 'off',
    hangupRequested: false
  }
  const all = new Set(['hold', 'mute', 'digits', 'recording', 'accept', 'listen', 'whisper'] as const)
  const agent = { agentId: 7, permissions: new Set<string>() }
  t.same(callCapabilities(call, all, agent), ['hangup', 'accept'])
  t.same(
    callCapabilities({ ...call, acceptSent: true }, all, agent),
    ['hangup'],
    'a second click does nothing'
  )
  t.same(
    callCapabilities({ ...call, accept: 'key' }, all, agent),
    ['hangup'],
    'a key is pressed on the phone'
  )
  t.same(callCapabilities({ ...call, hangupRequested: true }, all, agent), [])
  const recorded = { ...call, state: 'talking', recording: 'paused' } as const
  t.ok(callCapabilities(recorded, all, agent).includes('resume_recording'))
  const boss = { agentId: 7, permissions: new Set(['calls:listen', 'calls:control']) }
  t.notOk(callCapabilities(recorded, all, boss).includes('listen'), 'nobody listens to himself')
})
