import {
  coreDomain,
  createApp,
  type DispatchGate,
  definePlugin,
  dispatchGates,
  handoutEnded,
  workAppeared
} from '@evscallpro/core'
import { buildTestApp, type FakeClock, fakeClock, type Teardown } from '@evscallpro/testing'
import pg from 'pg'
import t from 'tap'
import {
  type AgentEvent,
  type AgentSnapshot,
  agentStateNames,
  nextAgentState,
  whileByHand
} from '../src/domain/agent/agent-state.ts'
import { Dispatcher } from '../src/domain/dispatch/dispatcher.ts'
import { FakePbx, type Send, type WorkingDay, workingDay } from './working-day.ts'

t.setTimeout(120_000)

interface Handout {
  id: number
  cause: string
  callId: string | null
  dialAt: string | null
  nextNumber: string
  contact: { id: number; phones: string[]; attempts: number }
}
interface Reason {
  code: string
  detail: string
  until: string | null
}
interface Asked {
  handout: Handout | null
  reasons: Reason[]
  askAgainAt: string | null
  code?: string
}
interface Explained {
  dialable: boolean
  reasons: Reason[]
  handedOut: { why: string; open: boolean } | null
}

const ask = async (send: Send, body: object): Promise<Asked> =>
  (await send<Asked>('POST', '/api/handouts', body)).body
const next = async (send: Send, campaignId: number): Promise<Handout> =>
  (await ask(send, { campaignId })).handout!
const finish = async (
  send: Send,
  handoutId: number,
  dispositionId: number,
  more: object = {}
): Promise<number> =>
  (await send('POST', `/api/handouts/${handoutId}/finalise`, { qualification: { dispositionId, ...more } }))
    .status
const why = async (day: WorkingDay, contactId: number): Promise<Explained> =>
  (await day.admin<Explained>('GET', `/api/campaigns/${day.campaignId}/contacts/${contactId}/dispatch`)).body
const patchCampaign = (day: WorkingDay, body: object) =>
  day.admin('PATCH', `/api/campaigns/${day.campaignId}`, body)
const addContacts = (day: WorkingDay, contacts: object[]) =>
  day.admin('POST', `/api/campaigns/${day.campaignId}/contacts`, { contacts })

/** A call that reached the customer, from the agent's click to its end. */
async function call(day: WorkingDay, send: Send, handout: Handout, number?: string): Promise<void> {
  const { body } = await send<{ callId: string }>(
    'POST',
    `/api/handouts/${handout.id}/calls`,
    number ? { number } : {}
  )
  await day.pbx.talk(body.callId)
  await day.pbx.end(body.callId)
}

async function disposition(day: WorkingDay, code: string, flags: object): Promise<number> {
  const { body } = await day.admin<{ items: { id: number }[] }>('GET', '/api/disposition-sets')
  const made = await day.admin<{ id: number }>(
    'POST',
    `/api/disposition-sets/${body.items[0]!.id}/dispositions`,
    {
      ...{ code, labelFr: code, labelEn: code },
      ...flags
    }
  )
  if (made.status !== 201) throw new Error(JSON.stringify(made.body))
  return made.body.id
}

t.test(
  'contacts are called where it is open: by zone, holiday and closure, and the answer says until when',
  async t => {
    const clock = fakeClock(new Date('2026-01-05T09:30:00Z')) // Monday, 10:30 in Paris, 13:30 in La Réunion
    const day = await workingDay(t, { clock })
    await addContacts(day, [
      { phones: ['+33199001001'], postalCode: '97400' },
      { phones: ['+33199001002'], postalCode: '75011' },
      { phones: ['+33199001003'], timeZone: 'America/New_York' }
    ])
    const hours = { monday: [{ from: '10:00', to: '13:00' }], tuesday: [{ from: '10:00', to: '13:00' }] }
    t.equal((await patchCampaign(day, { hours, calendar: { holidays: 'FR' } })).status, 200)
    const { send } = await day.agent()
    const paris = await next(send, day.campaignId)
    t.equal(paris.contact.phones[0], '+33199001002', 'the island has closed, New York still sleeps')
    t.match(await why(day, 1), {
      dialable: false,
      reasons: [{ code: 'outside_hours', until: '2026-01-06T06:00:00.000Z' }]
    })
    await finish(send, paris.id, day.dispositions.refusal)
    const nothing = await ask(send, { campaignId: day.campaignId })
    t.match(nothing, {
      handout: null,
      reasons: [{ code: 'outside_hours', until: '2026-01-05T15:00:00.000Z' }]
    })
    t.equal(nothing.askAgainAt, '2026-01-05T15:00:00.000Z')

    await clock.advance(5.5 * 3_600_000) // 15:00 in Paris, 10:00 in New York
    const newYork = await next(send, day.campaignId)
    t.equal(newYork.contact.phones[0], '+33199001003')
    await patchCampaign(day, { calendar: { closures: [{ from: '2026-01-05', name: 'Inventaire' }] } })
    const refused = await send<{ code: string }>('POST', `/api/handouts/${newYork.id}/calls`, {})
    t.match(
      refused,
      { status: 409, body: { code: 'CORE_OUTSIDE_HOURS', detail: /Inventaire/ } },
      'checked again at dialling'
    )
    await finish(send, newYork.id, day.dispositions.refusal)
    const bad = await patchCampaign(day, { hours: { monday: [{ from: '25:00', to: '26:00' }] } })
    t.match(bad, { status: 422, body: { errors: [{ pointer: '/hours/monday/0/from' }] } })
  }
)

t.test(
  'a personal callback comes first and to its agent, after its deadline to the team, and survives a release',
  async t => {
    const clock = fakeClock(new Date('2026-01-05T09:00:00Z'))
    const day = await workingDay(t, { clock })
    await patchCampaign(day, { callbackTeamMinutes: 30 })
    await day.contacts('1001', '1002', '1003')
    const anne = await day.agent()
    const bruno = await day.agent()
    const first = await next(anne.send, day.campaignId)
    const dueAt = '2026-01-05T10:00:00.000Z'
    await finish(anne.send, first.id, day.dispositions.callback, {
      callbackAt: dueAt,
      callbackPersonal: true
    })
    t.match(await why(day, first.contact.id), { reasons: [{ code: 'callback_later', until: dueAt }] })
    await clock.advance(3_600_000)
    const other = await next(bruno.send, day.campaignId)
    t.not(other.contact.id, first.contact.id, 'not to a colleague')
    const promised = await next(anne.send, day.campaignId)
    t.match(promised, { cause: 'callback', contact: { id: first.contact.id } })
    t.match((await why(day, first.contact.id)).handedOut, { open: true, why: /callback promised/ })
    await anne.send('DELETE', `/api/handouts/${promised.id}`)
    const listed = await anne.send<{ items: [{ id: number }] }>('GET', '/api/callbacks')
    t.match(
      listed.body.items,
      [{ contactId: first.contact.id, dueAt, heldBack: false }],
      'the promise stands'
    )
    await finish(bruno.send, other.id, day.dispositions.refusal)
    const [{ id: callbackId }] = listed.body.items
    const open = { callbackId }
    t.match(
      await bruno.send('POST', '/api/handouts', open),
      { status: 409, body: { code: 'CORE_CALLBACK_NOT_OPEN' } },
      'nobody opens what a colleague has promised'
    )
    await clock.advance(31 * 60_000)
    t.match(await next(bruno.send, day.campaignId), { cause: 'callback', contact: { id: first.contact.id } })
    t.match((await anne.send<{ items: object[] }>('GET', '/api/callbacks')).body.items, [])
    t.match(
      await anne.send('POST', '/api/handouts', open),
      { body: { code: 'CORE_CALLBACK_NOT_OPEN' } },
      'served'
    )
  }
)

t.test('an agent opens his callback before it is due, reads it, and calls when he wants to', async t => {
  const clock = fakeClock(new Date('2026-01-05T09:00:00Z'))
  const day = await workingDay(t, { clock })
  await day.contacts('1001', '1002')
  const { send } = await day.agent()
  const first = await next(send, day.campaignId)
  await patchCampaign(day, { dialMode: 'direct' })
  await finish(send, first.id, day.dispositions.callback, { callbackAt: '2026-01-05T15:00:00.000Z' })
  const callbacks = async () => (await send<{ items: { id: number }[] }>('GET', '/api/callbacks')).body.items
  const [{ id: callbackId } = { id: 0 }] = await callbacks()
  t.match(
    await send('POST', '/api/handouts', { callbackId, campaignId: day.campaignId }),
    { status: 422, body: { errors: [{ pointer: '/callbackId' }] } },
    'it names its contact already'
  )
  const { body } = await send<{ handout: { id: number } }>('POST', '/api/handouts', { callbackId })
  t.match(body.handout, { cause: 'callback', callId: null, contact: { id: first.contact.id } })
  t.same(await callbacks(), [], 'it is in his hands')
  await send('DELETE', `/api/handouts/${body.handout.id}`)
  t.match(await callbacks(), [{ id: callbackId }], 'given back, it stands as before')
  const again = await send<{ handout: { id: number } }>('POST', '/api/handouts', { callbackId })
  t.equal((await send('POST', `/api/handouts/${again.body.handout.id}/calls`, {})).status, 202)
})

t.test(
  'retries follow the disposition: delay, next number, attempts of a contact and of a number',
  async t => {
    const clock = fakeClock(new Date('2026-01-05T09:00:00Z'))
    const day = await workingDay(t, { clock })
    const later = await disposition(day, 'next_number', {
      retryAfterMinutes: 10,
      nextNumber: true,
      maxAttempts: 4
    })
    await patchCampaign(day, { maxAttemptsPerNumber: 2 })
    await addContacts(day, [{ phones: ['+33199001001', '+33199001002'] }])
    const { send } = await day.agent()
    const numbers: string[] = []
    for (let attempt = 1; attempt <= 4; attempt++) {
      const handout = await next(send, day.campaignId)
      numbers.push(handout.nextNumber)
      t.equal(handout.cause, attempt === 1 ? 'list' : 'due')
      await call(day, send, handout)
      await finish(send, handout.id, later)
      if (attempt === 4) break
      const waiting = await ask(send, { campaignId: day.campaignId })
      t.match(waiting.reasons, [{ code: 'scheduled' }])
      await clock.advance(Date.parse(waiting.askAgainAt!) - clock.now().getTime())
    }
    t.same(numbers, ['+33199001001', '+33199001002', '+33199001001', '+33199001002'])
    t.match(await ask(send, { campaignId: day.campaignId }), { handout: null, reasons: [{ code: 'empty' }] })
    t.match(await why(day, 1), { dialable: false, reasons: [{ code: 'attempts_exhausted' }] })
    t.match(
      await day.admin('POST', '/api/disposition-sets/1/dispositions', {
        ...{ code: 'bad', labelFr: 'x', labelEn: 'x' },
        nextNumber: true
      }),
      { status: 422, body: { errors: [{ pointer: '/nextNumber' }] } }
    )
  }
)

t.test('an import keeps every character, and says of each bad contact which field is wrong', async t => {
  const day = await workingDay(t)
  const hard = [
    '\\.',
    '\\N',
    'NULL',
    '',
    '{a,"b"}',
    'tab\there',
    'line\r\nend',
    '\\\\',
    '"',
    'e\u0301',
    '😀',
    '\u007f',
    ' '
  ]
  const good = hard.map((text, i) => ({
    ...{ externalId: text, firstName: text, lastName: text, company: text, email: text, address: text },
    ...{ postalCode: text, city: text, country: 'FR', language: text, timeZone: 'Europe/Paris' },
    phones: [`0199 00 10 ${10 + i}`, '+33199001099'],
    customFields: {
      [`key ${text.replace(/[\r\n]/g, '')}`]: text,
      deep: [{ text }],
      number: 1.5,
      yes: true,
      none: null
    }
  }))
  const bad = [
    [{ phones: ['123'] }, 'phones/0', /write it as \+<country><number>/],
    [{ phones: ['+33199001001'], timeZone: 'Mars/Olympus' }, 'timeZone', /Europe\/Paris/],
    [{ phones: ['+33199001001'], lastName: 'a\0' }, 'lastName', /remove it/],
    [{ phones: ['+33199001001'], city: 'half \ud83d' }, 'city', /remove it/],
    [{ phones: ['+33199001001'], customFields: { deep: [{ half: '\udc00' }] } }, 'customFields', /remove it/],
    [{ phones: ['+33199001001'], customFields: { 'key \0': 1 } }, 'customFields', /remove it/]
  ] as const
  const twice = [{ externalId: '\\N', phones: ['+33199001098'] }, { phones: ['+33199001097'] }]
  const { status, body } = await addContacts(day, [...good, ...bad.map(([contact]) => contact), ...twice])
  t.match({ status, body }, { status: 200, body: { accepted: good.length + 1, duplicates: 1 } })
  t.match(
    (body as { rejected: object[] }).rejected,
    bad.map(([, field, reason], i) => ({ index: good.length + i, field, reason }))
  )
  t.match((await addContacts(day, good)).body, { accepted: 0, duplicates: good.length }, 'all are known')
  type Card = { id: number; campaignId: number; attempts: number }
  const list = await day.admin<{ items: Card[] }>('GET', `/api/campaigns/${day.campaignId}/contacts`)
  t.same(
    list.body.items.slice(0, -1).map(({ id: _, campaignId: _of, attempts: _yet, ...own }) => own),
    good.map((contact, i) => ({ ...contact, phones: [`+331990010${10 + i}`, '+33199001099'] }))
  )
  const { rows: wrong } = await day.app.kernel.db.raw('select * from core.dispatch_audit(?)', [
    day.campaignId
  ])
  t.same(wrong, [])
})

t.test('a suppressed number is never handed out nor dialled; lifting it gives the contact back', async t => {
  const day = await workingDay(t)
  const stop = await disposition(day, 'stop', { stop: true })
  await addContacts(day, [
    { phones: ['+33199001001'] },
    { phones: ['+33199001002', '+33199001003'] },
    { phones: ['+33199001004'] }
  ])
  const suppress = (...numbers: string[]) => day.admin('POST', '/api/suppressions', { numbers })
  await suppress('+33199001001', '+33199001002')
  const { send } = await day.agent()
  const second = await next(send, day.campaignId)
  t.match(second, { nextNumber: '+33199001003', contact: { id: 2 } }, 'the number that may still be called')
  t.match(await send('POST', `/api/handouts/${second.id}/calls`, { number: '+33199001002' }), {
    status: 403,
    body: { code: 'CORE_NUMBER_SUPPRESSED' }
  })
  t.match(await why(day, 1), { reasons: [{ code: 'suppressed' }] })
  await finish(send, second.id, stop)
  const { body } = await day.admin<{ items: { number: string; reason: string }[] }>(
    'GET',
    '/api/suppressions'
  )
  t.match(body.items.at(-1), { number: '+33199001003', reason: 'asked' })
  const third = await next(send, day.campaignId)
  await finish(send, third.id, day.dispositions.refusal)
  t.same((await ask(send, { campaignId: day.campaignId })).handout, null)
  t.match(await day.admin('DELETE', `/api/suppressions/${encodeURIComponent('+33199001001')}`), {
    body: { reopened: 1 }
  })
  t.equal((await next(send, day.campaignId)).contact.id, 1)
})

t.test(
  'who could not be answered fails alone: what the same turn settled stands; closing waits for who is under way',
  async t => {
    const day = await workingDay(t)
    const { db } = day.app.kernel
    await addContacts(day, [
      { phones: ['+33199001001'] },
      { phones: ['+33199001002'] },
      { phones: ['+33199001003'] }
    ])
    const [ann, bob, cem] = [(await day.agent()).id, (await day.agent()).id, (await day.agent()).id]
    const dispatcher = new Dispatcher(day.app.kernel)
    const first = await dispatcher.next(day.campaignId, ann)
    if (first.kind !== 'granted') throw new Error(`not granted: ${first.kind}`)
    // The clock cannot be looked at: what it says cannot be written.
    await db.raw(`update core.dispatch_zones set changes_at = '-infinity'`)
    await db.raw(`alter table core.dispatch_zones add constraint closed check (changes_at < 'epoch')`)
    const [alone, settled, together] = await Promise.allSettled([
      dispatcher.next(day.campaignId, bob),
      dispatcher.settle(day.campaignId, first.handoutId, { status: 3, reason: 'qualified' }),
      dispatcher.next(day.campaignId, cem) // in one turn with the result
    ])
    t.match([alone, together], [{ status: 'rejected' }, { status: 'rejected' }])
    t.match(settled, { status: 'fulfilled', value: { overQuota: false } })
    t.ok((await db('core.handouts').where({ id: first.handoutId }).first('ended_at')).ended_at)
    await db.raw('alter table core.dispatch_zones drop constraint closed')
    const answers = [ann, bob, cem].map(agent => dispatcher.next(day.campaignId, agent))
    await dispatcher.close()
    t.match(await Promise.all(answers), [{ kind: 'granted' }, { kind: 'granted' }, { kind: 'none' }])
  }
)

t.test('what turns change is told to all processes once, beside them', async t => {
  const day = await workingDay(t)
  await addContacts(day, [{ phones: ['+33199001001'] }, { phones: ['+33199001002'] }])
  const agents = [(await day.agent()).id, (await day.agent()).id]
  const listener = new pg.Client(day.url)
  await listener.connect()
  t.teardown(() => listener.end())
  const told: string[] = []
  const all = new Promise<void>(resolve => {
    listener.on('notification', ({ payload }) => {
      if (payload === 'all') resolve()
      else told.push(payload!)
    })
  })
  await listener.query('listen evs_facts')
  const dispatcher = new Dispatcher(day.app.kernel)
  const given = await Promise.all(agents.map(agent => dispatcher.next(day.campaignId, agent)))
  t.match(given, [{ kind: 'granted' }, { kind: 'granted' }])
  await dispatcher.close()
  await listener.query(`select pg_notify('evs_facts', 'all')`)
  await all
  const named = told.filter(one => one.startsWith('agents ')).flatMap(one => one.slice(7).split(','))
  t.same(named.map(Number).sort(), agents.sort(), 'a turn itself notifies nobody')
})

t.test(
  'an agent who waits is told when work appears, in this process or another, and nobody polls',
  async t => {
    const day = await workingDay(t)
    const other = await buildTestApp(t, { plugins: [] })
    t.ok(other.app, 'another installation stays out of it')
    const { send } = await day.agent()
    const announced = new Promise(resolve => day.app.kernel.events.on(workAppeared, resolve))
    const waiting = ask(send, { campaignId: day.campaignId, waitSeconds: 50 })
    // The wait begins after a turn that finds nothing.
    while (
      !(await day.app.kernel.db('core.campaign_dispatch').whereNotNull('hungry_until').first('campaign_id'))
    );
    await day.contacts('1001')
    t.match(await waiting, { handout: { cause: 'list' } })
    t.same(await announced, { campaignId: day.campaignId })
  }
)

t.test('without a campaign an agent is served his campaigns in their order', async t => {
  const day = await workingDay(t)
  const { send, id } = await day.agent()
  const { body: urgent } = await day.admin<{ id: number }>('POST', '/api/campaigns', {
    ...{ name: 'Urgent', dialMode: 'preview', country: 'FR', timeZone: 'Europe/Paris' },
    priority: 1
  })
  await day.admin('PUT', `/api/campaigns/${urgent.id}/agents`, { agentIds: [id] })
  t.match(await day.admin('GET', `/api/campaigns/${urgent.id}/agents`), { body: { agentIds: [id] } })
  t.match(await day.admin('GET', '/api/campaigns/999/agents'), { body: { code: 'CORE_CAMPAIGN_NOT_FOUND' } })
  t.equal((await send('GET', `/api/campaigns/${urgent.id}/agents`)).status, 403)
  await day.contacts('1001')
  await day.admin('POST', `/api/campaigns/${urgent.id}/contacts`, {
    contacts: [{ phones: ['+33199001009'] }]
  })
  const first = await ask(send, {})
  t.equal(first.handout?.contact.phones[0], '+33199001009')
  await send('DELETE', `/api/handouts/${first.handout!.id}`)
  await day.admin('PATCH', `/api/campaigns/${urgent.id}`, { active: false })
  t.equal((await ask(send, {})).handout?.contact.phones[0], '+33199001001')
})

t.test('an agent chooses which of his campaigns he works in, and is served no other', async t => {
  const day = await workingDay(t)
  const { send, id } = await day.agent()
  const campaign = async (name: string, priority: number) => {
    const { body } = await day.admin<{ id: number }>('POST', '/api/campaigns', {
      ...{ name, dialMode: 'preview', country: 'FR', timeZone: 'Europe/Paris', priority }
    })
    return body.id
  }
  const urgent = await campaign('Urgent', 1)
  const foreign = await campaign('Foreign', 1)
  await day.admin('PUT', `/api/campaigns/${urgent}/agents`, { agentIds: [id] })
  await day.contacts('1001')
  await day.admin('POST', `/api/campaigns/${urgent}/contacts`, { contacts: [{ phones: ['+33199001009'] }] })
  const open = (campaignIds?: number[] | null) =>
    send('PUT', '/api/agent/session', { station: 'extension', campaignIds })
  t.match(await open([day.campaignId, foreign]), {
    status: 422,
    body: {
      code: 'CORE_CAMPAIGNS_NOT_ASSIGNED',
      detail: `campaignIds: you are not assigned to campaign ${foreign}; choose among ${day.campaignId}, ${urgent}, or leave campaignIds out to work in all`
    }
  })
  t.match(await open([]), { status: 400, body: { errors: [{ pointer: '/campaignIds' }] } })
  t.match(await open([day.campaignId]), { status: 200 })
  const first = await ask(send, {})
  t.equal(first.handout?.contact.phones[0], '+33199001001', 'not the more urgent one')
  await send('DELETE', `/api/handouts/${first.handout!.id}`)
  t.match(await open(), { status: 200 }, 'a change of station changes nothing of it')
  t.match(await send('POST', '/api/handouts', { campaignId: urgent }), {
    status: 409,
    body: { code: 'CORE_CAMPAIGN_NOT_CHOSEN' }
  })
  await open(null)
  t.equal((await ask(send, {})).handout?.contact.phones[0], '+33199001009')
})

t.test('a campaign that cannot be is refused by its field, and an old form changes nothing', async t => {
  const day = await workingDay(t)
  const settings = { name: 'Spring', dialMode: 'preview', country: 'FR', timeZone: 'Europe/Paris' }
  const refused = async (body: object, field: string, status = 422): Promise<void> => {
    for (const answer of [
      await day.admin('POST', '/api/campaigns', { ...settings, name: 'Summer', ...body }),
      await day.admin('PATCH', `/api/campaigns/${day.campaignId}`, body)
    ])
      t.match(answer, { status, body: { errors: [{ pointer: `/${field}` }] } })
  }
  const spring = await day.admin<{ id: number }>('POST', '/api/campaigns', settings)
  t.match(spring, { status: 201, headers: { etag: '"1"' }, body: { ...settings, hours: null, revision: 1 } })
  await refused({ name: 'Spring' }, 'name', 409)
  await refused({ timeZone: 'Europe/Lutetia' }, 'timeZone')
  await refused({ dispositionSetId: 999 }, 'dispositionSetId')
  const change = (wrapUpSeconds: number, revision: string) =>
    day.admin('PATCH', `/api/campaigns/${spring.body.id}`, { wrapUpSeconds }, { 'if-match': revision })
  t.match(await change(30, '"1"'), { status: 200, headers: { etag: '"2"' }, body: { wrapUpSeconds: 30 } })
  t.match(await change(40, '"1"'), { status: 412, body: { code: 'CORE_REVISION_MISMATCH' } })
  t.match(await change(50, '"2"'), { status: 200, body: { wrapUpSeconds: 50, revision: 3 } })
})

async function progressive(t: Teardown, clock: FakeClock) {
  const day = await workingDay(t, { clock, dialMode: 'progressive' })
  await day.contacts('1001', '1002')
  const { send, id } = await day.agent()
  return { day, send, id, handout: await next(send, day.campaignId) }
}

t.test(
  'in dial mode progressive the server dials when the countdown is over, and not when it was stopped',
  async t => {
    const clock = fakeClock(new Date('2026-01-05T09:00:00Z'))
    const { day, handout } = await progressive(t, clock)
    t.equal(handout.dialAt, '2026-01-05T09:00:05.000Z')
    const dialled = new Promise<void>(resolve => {
      day.pbx.answer = () => {
        resolve()
        return 'accepted'
      }
    })
    await clock.advance(5_000)
    await dialled
    t.equal(day.pbx.requests[0]?.number, '+33199001001')

    const second = await progressive(t, fakeClock(new Date('2026-01-05T09:00:00Z')))
    t.match(await second.send('DELETE', `/api/handouts/${second.handout.id}/countdown`), {
      body: { stopped: true }
    })
    t.match(await second.send('DELETE', `/api/handouts/${second.handout.id}/countdown`), {
      body: { stopped: false }
    })
    const current = await second.send<{ handout: Handout }>('GET', '/api/handouts/current')
    t.match(current.body.handout, { id: second.handout.id, dialAt: null }, 'the contact stays in his hands')
  }
)

t.test('a countdown outlives its server: another one dials, or takes away what is long over', async t => {
  /** A server is gone in the middle of a countdown, and another one starts so much later. */
  const startedAfter = async (ms: number) => {
    const clock = fakeClock(new Date('2026-01-05T09:00:00Z'))
    const { day, id: agent_id } = await progressive(t, clock)
    const handCall = (uniqueid: string, at: string) => ({
      ...{ pbx: 'main', uniqueid, call_id: '0192b0f0-0000-8000-8000-000000000001', agent_id },
      ...{ began_at: `${at}T08:00:00Z`, ended_at: `${at}T08:01:00Z` }
    })
    await day.app.kernel
      .db('core.hand_calls')
      .insert([handCall('1.1', '2025-12-20'), handCall('1.2', '2026-01-04')])
    await day.app.close()
    await clock.advance(ms)
    const pbx = new FakePbx()
    const dialled = new Promise<void>(resolve => {
      pbx.answer = () => {
        resolve()
        return 'accepted'
      }
    })
    const app = await createApp({
      ...{ databaseUrl: day.url, clock, logger: false },
      plugins: [coreDomain({ destinations: { allow: ['+33'], deny: [] } }), pbx.plugin()]
    })
    t.teardown(() => app.close())
    await app.ready()
    return { clock, pbx, dialled, db: app.kernel.db }
  }
  const soon = await startedAfter(2_000)
  await soon.clock.advance(3_000)
  await soon.dialled
  t.equal(soon.pbx.requests[0]?.number, '+33199001001')

  const late = await startedAfter(60_000)
  t.match(await late.db('core.handouts').select('dial_at', 'ended_at'), [{ dial_at: null, ended_at: null }])
  t.equal(late.pbx.requests.length, 0, 'nobody is surprised by its call')

  t.match(await late.db('core.hand_calls').select('uniqueid'), [{ uniqueid: '1.2' }], 'kept for the journal')
})

t.test(
  'a list can be shuffled: the same seed gives the same order, also for contacts that come later',
  async t => {
    const orders: string[][] = []
    for (let i = 0; i < 2; i++) {
      const day = await workingDay(t)
      const numbers = Array.from({ length: 12 }, (_, n) => String(1001 + n))
      await day.contacts(...numbers.slice(0, 8))
      t.match(await day.admin('POST', `/api/campaigns/${day.campaignId}/shuffle`, { seed: 42 }), {
        body: { seed: 42, contacts: 8 }
      })
      await day.contacts(...numbers.slice(8))
      const { send } = await day.agent()
      const order: string[] = []
      for (
        let handout = await next(send, day.campaignId);
        handout;
        handout = await next(send, day.campaignId)
      ) {
        order.push(handout.contact.phones[0]!)
        await finish(send, handout.id, day.dispositions.refusal)
      }
      orders.push(order)
    }
    t.equal(orders[0]?.length, 12)
    t.same(orders[0], orders[1])
    t.notSame(orders[0], [...orders[0]!].sort())
  }
)

/** How a contact stands, and what its last hand-out and its call say. */
async function outcomeOf(day: WorkingDay, handoutId: number) {
  const { rows } = await day.app.kernel.db.raw(
    `select k.status, h.disposition_id as "chosen", h.end_reason as "end",
            (select disposition_id from core.call_history c where c.handout_id = h.id order by started_at desc limit 1) as "told"
       from core.handouts h join core.contacts k on k.campaign_id = h.campaign_id and k.id = h.contact_id where h.id = ?`,
    [handoutId]
  )
  return rows[0]
}

t.test('what an agent chose counts, however his hand-out ends', async t => {
  const day = await workingDay(t)
  await day.contacts('1001', '1002', '1003')
  const { sale } = day.dispositions
  const ends: Record<string, (agent: { send: Send; id: number }) => Promise<{ status: number }>> = {
    'he leaves': ({ send }) => send('DELETE', '/api/agent/session'),
    'he is logged out': ({ id }) => day.admin('POST', `/api/agents/${id}/force`, { action: 'log_out' }),
    'his wrap-up is ended': ({ id }) =>
      day.admin('POST', `/api/agents/${id}/force`, { action: 'end_wrap_up' })
  }
  for (const [how, end] of Object.entries(ends)) {
    const agent = await day.agent()
    const handout = await next(agent.send, day.campaignId)
    await call(day, agent.send, handout)
    await agent.send('PUT', `/api/handouts/${handout.id}/qualification`, { dispositionId: sale })
    t.ok((await end(agent)).status < 300, how)
    t.match(await outcomeOf(day, handout.id), { status: 2, chosen: sale, told: sale, end: 'qualified' }, how)
  }
})

t.test('what an agent does while his wrap-up is being ended counts, or is refused', async t => {
  const clock = fakeClock(new Date('2026-01-05T09:00:00Z'))
  const day = await workingDay(t, { clock })
  const { db, events } = day.app.kernel
  const { sale, later } = day.dispositions
  await patchCampaign(day, { wrapUpSeconds: 30, wrapUpExtensions: 1 })
  await day.contacts('1001', '1002', '1003', '1004', '1005')
  const wrapUp = async () => {
    const { send } = await day.agent()
    const handout = await next(send, day.campaignId)
    await call(day, send, handout)
    const ended = new Promise<void>(resolve =>
      events.on(handoutEnded, ({ handoutId }) => void (handoutId === handout.id && resolve()))
    )
    const choose = (dispositionId: number) =>
      send<{ code?: string }>('PUT', `/api/handouts/${handout.id}/qualification`, { dispositionId })
    return { ...handout, send, ended, choose }
  }
  const hold = async (sql: string, id: number): Promise<{ letGo(): Promise<unknown> }> => {
    const trx = await db.transaction()
    t.teardown(() => trx.rollback())
    await trx.raw(sql, [id])
    return { letGo: () => trx.rollback() }
  }
  const waiting = async (count: number): Promise<void> => {
    const sql = `select count(*)::int as n from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`
    while ((await db.raw(sql)).rows[0].n < count);
  }

  const first = await wrapUp()
  const row = await hold('select from core.call_history where handout_id = ? for update', first.id)
  const choosing = first.choose(sale)
  await waiting(1)
  await clock.advance(40_000)
  await waiting(2)
  await row.letGo()
  t.equal((await choosing).status, 200)
  await first.ended
  t.match(await outcomeOf(day, first.id), { status: 2, chosen: sale, told: sale }, 'he chose before it ended')

  for (const before of [null, later]) {
    const second = await wrapUp()
    if (before) await second.choose(before)
    const turn = await hold('select core.dispatch_lock(?)', day.campaignId)
    await clock.advance(40_000)
    await waiting(1)
    t.equal((await second.choose(sale)).status, 200)
    await turn.letGo()
    await second.ended
    t.match(
      await outcomeOf(day, second.id),
      { status: 2, chosen: sale, told: sale },
      `he chose while it was ending, before: ${before}`
    )
  }

  const third = await wrapUp()
  await clock.advance(40_000)
  await third.ended
  t.match(await third.choose(sale), { status: 409, body: { code: 'CORE_HANDOUT_ENDED' } })
  t.match(await outcomeOf(day, third.id), { status: 4, chosen: 0, told: 0 }, 'he chose when it had ended')

  const fourth = await wrapUp()
  const turn = await hold('select core.dispatch_lock(?)', day.campaignId)
  await clock.advance(40_000)
  await waiting(1)
  const { body } = await fourth.send<{ deadline: string }>(
    'POST',
    `/api/handouts/${fourth.id}/wrap-up-extension`
  )
  t.ok(new Date(body.deadline) > clock.now())
  await turn.letGo()
  await ask((await day.agent()).send, { campaignId: day.campaignId }) // answered by a later turn
  t.match(await outcomeOf(day, fourth.id), { status: 1, end: null }, 'he was given more time')
})

/** A gate that lets one contact of each city through at a time. */
const oneACity = definePlugin({
  name: 'one-a-city',
  version: '1.0.0',
  migrations: {
    '0001-cities': {
      async up(db) {
        await db.raw(`
          create table one_a_city.marks (mark int primary key default nextval('core.dispatch_mark_seq'), city text unique, held int not null default 0);
          create function one_a_city.room(p int, m int[]) returns table (mark int, free int, countable int) language sql as
            $$ select k.mark, 1 - k.held, null::int from one_a_city.marks k where k.mark = any(m) $$;
          create function one_a_city.tally(p int, m int[], r int[], c int[]) returns void language sql as $$
            update one_a_city.marks k set held = held + x.r from unnest(m, r) x(m, r) where k.mark = x.m;
            select case when k.held > 0 then core.dispatch_close(p, k.mark, 1000) else core.dispatch_open(p, k.mark, 1000) end
              from one_a_city.marks k where k.mark = any(m);
          $$;
          create function one_a_city.excluded(p int) returns int[] language sql as $$ select '{}'::int[] $$`)
      },
      async down(db) {
        await db.raw('drop schema one_a_city cascade')
      }
    }
  },
  setup(_scope, { kernel: { db }, fill }) {
    const gate: DispatchGate = {
      name: 'one-a-city',
      functions: { room: 'one_a_city.room', tally: 'one_a_city.tally', excluded: 'one_a_city.excluded' },
      async classify(_campaignId, _classification, contacts) {
        const cities = [...new Set(contacts.flatMap(({ city }) => city ?? []))].map(city => ({ city }))
        if (cities.length > 0) await db('one_a_city.marks').insert(cities).onConflict('city').ignore()
        const rows: { city: string; mark: number }[] = await db('one_a_city.marks').select('city', 'mark')
        const marks = new Map(rows.map(({ city, mark }) => [city, mark]))
        return contacts.map(({ city }) => (city === null ? [] : [marks.get(city)!]))
      },
      async explain(_campaignId, marks) {
        const rows: { mark: number; city: string }[] = await db('one_a_city.marks')
          .whereIn('mark', [...marks])
          .andWhere('held', '>', 0)
        return rows.map(({ mark, city }) => ({
          mark,
          code: 'city_busy',
          detail: `Somebody talks to ${city}`,
          ref: mark,
          name: city
        }))
      }
    }
    fill(dispatchGates, gate)
  }
})

t.test('a gate of another plugin has its say in the turn, and only its functions are asked', async t => {
  const day = await workingDay(t, { plugins: [oneACity()] })
  await addContacts(day, [
    { phones: ['+33199001001'], city: 'Lyon' },
    { phones: ['+33199001002'], city: 'Lyon' },
    { phones: ['+33199001003'], city: 'Nice' },
    { phones: ['+33199001004'] }
  ])
  // One after the other: each joins the campaign by the whole list of its agents.
  const agents = [await day.agent(), await day.agent(), await day.agent(), await day.agent()]
  const answers = await Promise.all(agents.map(({ send }) => ask(send, { campaignId: day.campaignId })))
  t.same(answers.map(({ handout }) => handout?.contact.id ?? null).sort(), [1, 3, 4, null])
  t.match(answers.find(({ handout }) => !handout)?.reasons, [{ code: 'city_busy' }])
  t.match(await why(day, 2), { reasons: [{ code: 'city_busy', detail: 'Somebody talks to Lyon' }] })
  const lyon = answers.findIndex(({ handout }) => handout?.contact.id === 1)
  await finish(agents[lyon]!.send, answers[lyon]!.handout!.id, day.dispositions.sale)
  t.equal((await next(agents[lyon]!.send, day.campaignId)).contact.id, 2)
  await t.rejects(
    buildTestApp(t, {
      plugins: [
        definePlugin({
          name: 'broken',
          version: '1.0.0',
          setup: (_scope, { fill }) =>
            fill(dispatchGates, {
              name: 'broken',
              functions: { room: 'broken.room', tally: 'broken.tally', excluded: 'broken.excluded' },
              classify: async () => [],
              explain: async () => []
            })
        })()
      ]
    }),
    { code: 'CORE_GATE_FUNCTION_MISSING' }
  )
})

interface Situation {
  readonly snapshot: AgentSnapshot
  readonly handCallId: string | null
}

/** Everything that can be in the way of a hand-out, or of what comes after it. */
const situations: readonly Situation[] = agentStateNames.flatMap(state =>
  [null, 7].flatMap(handoutId =>
    [null, 'lunch'].flatMap(pauseRequested =>
      ([null, 'ready', 'reserved'] as const).flatMap(returnTo =>
        [null, '01940000-0000-7000-8000-000000000002'].map(handCallId => ({
          snapshot: {
            ...{ state, handoutId, pauseRequested, returnTo },
            callId: state === 'talking' ? '01940000-0000-7000-8000-000000000001' : null,
            pauseReason: state === 'paused' ? 'break' : null
          },
          handCallId
        }))
      )
    )
  )
)

t.test('in every state the turn does with an agent what the state machine says', async t => {
  const { db } = (await workingDay(t)).app.kernel
  const given = situations.map((situation, i) => ({ ...situation, agentId: 1_000 + i }))
  const ids = given.map(({ agentId }) => agentId)
  const columns = `agent_id as "agentId", state, handout_id as "handoutId", call_id as "callId", pause_reason as "pauseReason",
    pause_requested as "pauseRequested", return_to as "returnTo"`
  const after = async (sql: string, values: number[][]) => {
    const trx = await db.transaction()
    await trx('core.agent_states').insert(
      given.map(({ agentId, snapshot: row }) => ({
        ...{ agent_id: agentId, state: row.state, handout_id: row.handoutId, call_id: row.callId },
        ...{ pause_reason: row.pauseReason, pause_requested: row.pauseRequested, return_to: row.returnTo },
        ...{ cause: 'logged_in', since: '2026-01-05T09:00:00Z', revision: 1 }
      }))
    )
    await trx.raw('alter table core.hand_calls drop constraint hand_calls_agent_id_fkey')
    await trx('core.hand_calls').insert(
      given.flatMap(({ agentId, handCallId }) =>
        handCallId === null
          ? []
          : [
              {
                ...{ pbx: 'main', uniqueid: `1.${agentId}`, call_id: handCallId, agent_id: agentId },
                began_at: '2026-01-05T09:00:00Z'
              }
            ]
      )
    )
    const { rows: refusals } = await trx.raw(
      'select core.agent_refusal(state, handout_id) as refusal from core.agent_states where until is null and agent_id = any(?) order by agent_id',
      [ids]
    )
    const { rows: told } = await trx.raw(sql, values)
    const { rows } = await trx.raw(
      `select ${columns}, revision from core.agent_states where until is null and agent_id = any(?) order by agent_id`,
      [ids]
    )
    await trx.rollback()
    return {
      rows,
      told: told[0].told,
      refusals: refusals.map(({ refusal }: { refusal: string | null }) => refusal)
    }
  }
  const expected = (event: AgentEvent) =>
    given.map(({ agentId, snapshot: from, handCallId }) => {
      const transition = nextAgentState(from, event)
      const moved = transition.ok && transition.next !== from
      const next = moved ? whileByHand(transition.next, handCallId) : from
      return { agentId, ...next, revision: next === from ? 1 : 2 }
    })
  const changed = (rows: readonly { agentId: number; state: string; revision: number }[], cause: string) =>
    rows.flatMap(({ agentId, state, revision }) =>
      revision === 2 ? [{ agentId, state, revision, cause }] : []
    )
  const byAgent = (rows: { agentId: number }[]) => rows.sort((a, b) => a.agentId - b.agentId)

  const ended = await after('select core.agent_states_ended(now(), ?) as told', [ids])
  t.same(ended.rows, expected({ type: 'handout_ended' }))
  t.same(byAgent(ended.told), changed(expected({ type: 'handout_ended' }), 'handout_ended'))

  const handed = await after('select core.agent_states_handed(now(), ?, ?) as told', [ids, ids.map(() => 8)])
  t.same(handed.rows, expected({ type: 'handed_out', handoutId: 8 }))
  t.same(byAgent(handed.told), changed(expected({ type: 'handed_out', handoutId: 8 }), 'handed_out'))
  t.same(
    handed.refusals,
    given.map(({ snapshot }) => {
      const transition = nextAgentState(snapshot, { type: 'handed_out', handoutId: 8 })
      return transition.ok ? null : transition.refusal
    })
  )
})
