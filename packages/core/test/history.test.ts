import { once } from 'node:events'
import { get, type IncomingMessage } from 'node:http'
import type { AddressInfo } from 'node:net'
import { type CallRecord, coreDomain, runCommand } from '@evscallpro/core'
import { fakeClock, loginAs } from '@evscallpro/testing'
import t from 'tap'
import { sumDays } from '../src/domain/call/call-day-stats.ts'
import { recordOf, type Send, sender, type WorkingDay, workingDay } from './working-day.ts'

interface Row {
  callId: string
  startedAt: string
  endedAt: string
  talkMs: number
  outcome: string
  revision: number
  agentName: string | null
  dispositionId: number | null
}
interface Page {
  items: Row[]
  next: string | null
}
interface Export {
  id: string
  state: string
  rowsTotal: number
  rowsWritten: number
  bytesWritten: number
  file: string
}
interface Problem {
  code: string
}
interface Handout {
  id: number
  contact: { id: number }
}

/** A call that somebody made on a phone: the ledger writes its row without a request of ours. */
async function foreign(day: WorkingDay, calls: readonly Partial<CallRecord>[]): Promise<string[]> {
  const facts = calls.map(fields => {
    const callId = day.app.kernel.newId()
    return { kind: 'ended' as const, callId, record: recordOf(callId, { foreign: true, ...fields }) }
  })
  await day.pbx.ledger.report('fake', facts)
  return facts.map(({ callId }) => callId)
}

/** An agent takes the next contact, calls him, the call ends, and he qualifies. */
async function work(
  day: WorkingDay,
  send: Send,
  dispositionId: number,
  fields: Partial<CallRecord> = {},
  note?: string
) {
  const { body } = await send<{ handout: Handout }>('POST', '/api/handouts', { campaignId: day.campaignId })
  const { handout } = body
  const dialled = await send<{ callId: string }>('POST', `/api/handouts/${handout.id}/calls`, {})
  const { callId } = dialled.body
  await day.pbx.talk(callId)
  await day.pbx.end(callId, fields)
  await send('POST', `/api/handouts/${handout.id}/finalise`, {
    qualification: { dispositionId, ...(note && { note }) }
  })
  return { callId, handoutId: handout.id, contactId: handout.contact.id }
}

const idsOf = async (send: Send, query: string): Promise<string[]> => {
  const { status, body } = await send<Page>('GET', `/api/call-history?${query}`)
  if (status !== 200) throw new Error(`${query}: ${JSON.stringify(body)}`)
  return body.items.map(({ callId }) => callId)
}

t.test('calls are found by each thing that people know of them, and by all together', async t => {
  const day = await workingDay(t)
  await day.contacts('1001', '1002')
  const [first, second] = [await day.agent(), await day.agent()]
  const sale = await work(day, first.send, day.dispositions.sale)
  const busy = await work(day, second.send, day.dispositions.later, {
    outcome: 'busy',
    talkMs: 0,
    billableMs: 0
  })
  const hourAgo = Date.now() - 3_600_000
  const [missed] = await foreign(day, [
    {
      direction: 'inbound',
      outcome: 'missed',
      customerNumber: '+33188887777',
      startedAtMs: hourAgo,
      talkMs: 0
    }
  ])
  const found = async (query: string, expected: readonly (string | undefined)[]): Promise<void> => {
    t.same((await idsOf(day.admin, query)).sort(), [...expected].sort(), query)
  }
  await found('', [sale.callId, busy.callId, missed])
  await found(`campaignId=${day.campaignId}`, [sale.callId, busy.callId])
  await found('campaignId=0', [missed])
  await found(`agentId=${second.id}`, [busy.callId])
  await found(`contactId=${sale.contactId}`, [sale.callId])
  await found(`handoutId=${busy.handoutId}`, [busy.callId])
  await found(`siteId=${day.siteId}`, [sale.callId, busy.callId])
  await found('number=%2B33188887777', [missed])
  await found('number=+33188887777', [missed])
  await found('number=33188887777', [missed])
  await found('numberEnds=7777', [missed])
  await found('numberEnds=33199001001', [sale.callId])
  await found('numberEnds=1777', [])
  await found('outcome=busy&outcome=missed', [busy.callId, missed])
  await found('outcome=answered', [sale.callId])
  await found(`dispositionId=${day.dispositions.sale}`, [sale.callId])
  await found('direction=inbound', [missed])
  await found(`to=${new Date(hourAgo + 60_000).toISOString()}`, [missed])
  await found(`from=${new Date(hourAgo + 60_000).toISOString()}`, [sale.callId, busy.callId])
  await found(
    `agentId=${first.id}&campaignId=${day.campaignId}&outcome=answered&dispositionId=${day.dispositions.sale}&numberEnds=1001&direction=outbound`,
    [sale.callId]
  )
  for (const wrong of [
    'outcome=lost',
    'numberEnds=77',
    'numberEnds=7%25',
    'number=abc',
    'sort=note',
    'after=x',
    'direction=up'
  ]) {
    t.equal((await day.admin('GET', `/api/call-history?${wrong}`)).status, 400, wrong)
  }
  t.match(
    await day.admin<Problem>('GET', '/api/call-history?from=2026-02-01T00:00:00Z&to=2026-01-01T00:00:00Z'),
    {
      status: 400,
      body: { code: 'CORE_PERIOD' }
    }
  )

  const own = await first.send<Page>('GET', `/api/agent/call-history?agentId=${second.id}`)
  t.same(
    own.body.items.map(({ callId }) => callId),
    [sale.callId],
    'an agent sees his own calls, whatever he asks for'
  )
  t.equal((await first.send('GET', '/api/call-history')).status, 403)

  const names = async (send: Send, path: string): Promise<unknown[]> => {
    const { body } = await send<Page>('GET', path)
    return body.items.map(({ agentName }) => agentName)
  }
  await day.admin('PATCH', `/api/users/${second.id}`, { displayName: 'Jeanne Robin' })
  const newest = '/api/call-history?sort=-startedAt'
  t.same(await names(day.admin, newest), ['Jeanne Robin', 'Test user', null], 'as they are called now')
  t.same(await names(day.admin, '/api/call-history?sort=endedAt'), ['Test user', 'Jeanne Robin', null])
  t.same(await names(second.send, '/api/agent/call-history'), ['Jeanne Robin'])
})

t.test('every order is read page by page, each call once, to the last', async t => {
  const day = await workingDay(t)
  const begun = Date.now() - 40 * 86_400_000
  await foreign(
    day,
    Array.from({ length: 23 }, (_, i) => {
      const startedAtMs = begun + Math.floor(i / 3) * 5 * 86_400_000 // over months; three at each instant: the id decides
      const talkMs = ((i * 7) % 5) * 1_000
      return {
        startedAtMs,
        endedAtMs: startedAtMs + 1_000 + ((i * 11) % 23) * 60_000_000,
        talkMs,
        outcome: talkMs > 0 || i % 2 === 0 ? ('answered' as const) : ('no_answer' as const)
      }
    })
  )
  const all = (await day.admin<Page>('GET', '/api/call-history?limit=500')).body.items
  t.equal(all.length, 23)
  for (const key of ['startedAt', 'endedAt', 'talkMs'] as const) {
    const rows = key === 'talkMs' ? all.filter(({ outcome }) => outcome === 'answered') : all
    const ascending = rows
      .toSorted(
        (a, b) => (a[key] === b[key] ? 0 : a[key] < b[key] ? -1 : 1) || (a.callId < b.callId ? -1 : 1)
      )
      .map(({ callId }) => callId)
    for (const [sort, expected] of [
      [key, ascending],
      [`-${key}`, ascending.toReversed()]
    ] as const) {
      const read: string[] = []
      let after: string | null = ''
      while (after !== null) {
        const url: string = `/api/call-history?sort=${sort}&limit=5${after && `&after=${after}`}`
        const page: Page = (await day.admin<Page>('GET', url)).body
        read.push(...page.items.map(({ callId }) => callId))
        after = page.next
      }
      t.same(read, expected, sort)
    }
  }
  const { next } = (await day.admin<Page>('GET', '/api/call-history?limit=5')).body
  t.match(await day.admin<Problem>('GET', `/api/call-history?sort=talkMs&after=${next}`), {
    status: 400,
    body: { code: 'CORE_CURSOR_FOREIGN' }
  })
  t.match(await day.admin<Problem>('GET', '/api/call-history?sort=endedAt&from=2020-01-01T00:00:00Z'), {
    status: 400,
    body: { code: 'CORE_SORT_PERIOD' }
  })
  t.match(await day.admin<Problem>('GET', '/api/call-history?sort=talkMs&outcome=busy'), {
    status: 400,
    body: { code: 'CORE_TALK_SORT' }
  })
})

/** Cells of a CSV (RFC 4180), for the separator given. */
function parseCsv(text: string, separator: string): string[][] {
  const rows: string[][] = [[]]
  let cell = ''
  let quoted = false
  for (let i = 0; i < text.length; i++) {
    const c = text[i]!
    if (quoted && c === '"' && text[i + 1] === '"') cell += text[i++]
    else if (c === '"') quoted = !quoted
    else if (!quoted && c === separator) {
      rows.at(-1)!.push(cell)
      cell = ''
    } else if (!quoted && c === '\r' && text[i + 1] === '\n') {
      rows.at(-1)!.push(cell)
      rows.push([])
      cell = ''
      i++
    } else cell += c
  }
  t.same(rows.pop(), [], 'the last line is ended too')
  return rows
}

t.test('an export is a CSV that Excel opens and no text in it is calculated', async t => {
  const day = await workingDay(t)
  const notes = [
    '=HYPERLINK("http://example.org/?"&A1;"Cliquez")',
    '+33 6 \n"rappeler"; après 18 h',
    '-2+3',
    '@SUM(A1)',
    '\t=1+1',
    ' =1+1',
    '＝1+1',
    'Écouté, très intéressé'
  ]
  await day.contacts(...notes.map((_, i) => `20${10 + i}`))
  const { send } = await day.agent()
  for (const note of notes) await work(day, send, day.dispositions.refusal, {}, note)
  const supervisor = sender(day.app, await loginAs(day.app, 'supervisor'))
  const filter = { campaignId: day.campaignId }
  const format = { separator: ';', bom: true, language: 'fr', timeZone: 'Europe/Paris' }
  const order = await supervisor<Export>('POST', '/api/call-history/exports', { filter, format })
  t.match(order, { status: 201, body: { state: 'ready', rowsTotal: notes.length, rowsWritten: 0 } })
  t.equal(order.headers.location, `/api/call-history/exports/${order.body.id}`)
  t.equal((await day.admin('GET', order.body.file)).status, 404, "another's export is not found")
  t.equal((await send('POST', '/api/call-history/exports', { filter })).status, 403, 'agents do not export')

  const { headers } = await loginAs(day.app, 'supervisor')
  const mine = await sender(day.app, { headers, userId: 0, token: '' })<Export>(
    'POST',
    '/api/call-history/exports',
    {
      filter,
      format
    }
  )
  const file = await day.app.inject({ url: mine.body.file, headers })
  t.equal(file.headers['content-type'], 'text/csv; charset=utf-8; header=present')
  t.match(
    file.headers['content-disposition'],
    /^attachment; filename="calls-\d{4}-\d\d-\d\d-\d{4}-\d\d-\d\d\.csv"$/
  )
  t.equal(file.headers['x-total-rows'], String(notes.length))
  t.same([...file.rawPayload.subarray(0, 3)], [0xef, 0xbb, 0xbf])
  const [head, ...rows] = parseCsv(file.body.replace('\uFEFF', ''), ';')
  const column = (name: string): string[] => rows.map(row => row[head!.indexOf(name)]!)
  t.same(column('Note'), [...notes.slice(0, 7).map(note => `'${note}`), notes[7]])
  t.same(
    column('Numéro'),
    notes.map((_, i) => `+331990020${10 + i}`),
    'a number with its + is no formula'
  )
  t.same(new Set(column('Campagne')), new Set(['Ventes']))
  t.same(new Set(column('Code qualification')), new Set(['refusal']))
  t.same(new Set(column('Conversation (s)')), new Set(['10']))
  t.match(column('Début')[0], /^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d$/)
  const done = await day.app.inject({ url: `/api/call-history/exports/${mine.body.id}`, headers })
  t.match(done.json<Export>(), {
    state: 'done',
    rowsWritten: notes.length,
    bytesWritten: file.rawPayload.length
  })

  const plain = await supervisor<Export>('POST', '/api/call-history/exports', {})
  const again = await supervisor<Export>('GET', `/api/call-history/exports/${plain.body.id}`)
  t.equal(again.body.state, 'ready')
  t.match(
    await supervisor<Problem>('POST', '/api/call-history/exports', { format: { timeZone: 'Europe/Pariss' } }),
    { status: 422, body: { code: 'CORE_INVALID_FIELD' } }
  )
})

t.test(
  'an export goes as fast as it is read, over all pages; a reader who goes away leaves it interrupted',
  async t => {
    const day = await workingDay(t)
    const begun = Date.now() - 7_200_000
    const ids = await foreign(
      day,
      Array.from({ length: 2_500 }, (_, i) => ({ startedAtMs: begun + Math.floor(i / 7) }))
    )
    const { headers } = await loginAs(day.app, 'supervisor')
    const send = sender(day.app, { headers, userId: 0, token: '' })
    const { body: order } = await send<Export>('POST', '/api/call-history/exports', {})
    const file = await day.app.inject({ url: order.file, headers })
    const [head, ...rows] = parseCsv(file.body, ',')
    t.equal(head![0], 'Call')
    t.same(rows.map(([id]) => id).sort(), ids.toSorted(), 'each call once')

    // More than all buffers between here and there can take.
    await day.app.kernel.db('core.call_history').update({ note: 'x'.repeat(20_000) })
    await day.app.listen({ host: '127.0.0.1', port: 0 })
    const { port } = day.app.server.address() as AddressInfo // listens on TCP
    const request = get({ host: '127.0.0.1', port, path: order.file, headers })
    const [answer] = (await once(request, 'response')) as [IncomingMessage]
    await once(answer, 'readable')
    answer.destroy()
    let state: Export
    const deadline = Date.now() + 20_000
    do {
      state = (await send<Export>('GET', `/api/call-history/exports/${order.id}`)).body
    } while (state.state !== 'interrupted' && Date.now() < deadline)
    t.equal(state.state, 'interrupted')
    t.ok(state.rowsWritten < 2_500, 'what nobody read was not written')
  }
)

t.test(
  'the statistics count each call on the day of its campaign, and agree with a recount after every change',
  async t => {
    const clock = fakeClock(new Date('2026-01-05T23:30:00Z'))
    const day = await workingDay(t, { clock })
    await day.contacts('1001', '1002', '1003')
    const { send, id: agentId } = await day.agent()
    const recount = async (...args: string[]): Promise<{ code: number; lines: string }> => {
      const lines: string[] = []
      const io = {
        out: (line: string) => void lines.push(line),
        err: (line: string) => void lines.push(line)
      }
      const { DATABASE_URL: before } = process.env

      process.env.DATABASE_URL = day.url

      try {
        const code = await runCommand([coreDomain()], ['recount-stats', ...args], io)

        return { code, lines: lines.join('\n') }
      } finally {
        if (before === undefined) delete process.env.DATABASE_URL
        else process.env.DATABASE_URL = before
      }
    }
    const stats = async (query: string): Promise<Record<string, unknown>[]> =>
      (await day.admin<{ items: Record<string, unknown>[] }>('GET', `/api/call-stats?${query}`)).body.items
    const at = { startedAtMs: clock.now().getTime(), endedAtMs: clock.now().getTime() + 15_000 }
    const first = await work(day, send, day.dispositions.sale, at)
    await work(day, send, day.dispositions.later, { ...at, outcome: 'busy', talkMs: 0, billableMs: 0 })
    t.same(
      await stats(`campaignId=${day.campaignId}`),
      [{ day: '2026-01-06', calls: 2, answered: 1, positive: 1, talkMs: 10_000, billableMs: 10_000 }],
      'half past midnight in Paris'
    )
    t.same(await stats('groupBy=outcome&groupBy=disposition&groupBy=agent'), [
      {
        outcome: 'answered',
        dispositionId: day.dispositions.sale,
        agentId,
        calls: 1,
        answered: 1,
        positive: 1,
        talkMs: 10_000,
        billableMs: 10_000
      },
      {
        outcome: 'busy',
        dispositionId: day.dispositions.later,
        agentId,
        calls: 1,
        answered: 0,
        positive: 0,
        talkMs: 0,
        billableMs: 0
      }
    ])
    t.same(await stats('from=2026-01-07&to=2026-01-08'), [])
    t.match(await recount('--check'), { code: 0, lines: /agree/ })

    await day.admin('PATCH', `/api/campaigns/${day.campaignId}`, { timeZone: 'America/New_York' })
    await day.pbx.end(first.callId, { ...at, talkMs: 11_000, billableMs: 11_500 }, 'amended')
    await foreign(day, [{ ...at, outcome: 'missed', direction: 'inbound', talkMs: 0, billableMs: 0 }])
    t.match(
      await recount('--check'),
      { code: 0 },
      'a day that was decided stays, whatever becomes of the zone'
    )
    t.same(await stats('groupBy=campaign'), [
      { campaignId: 0, calls: 1, answered: 0, positive: 0, talkMs: 0, billableMs: 0 },
      { campaignId: day.campaignId, calls: 2, answered: 1, positive: 1, talkMs: 11_000, billableMs: 11_500 }
    ])

    const { db } = day.app.kernel
    await db('core.call_stats').where({ outcome: 'busy', calls: 1 }).update({ calls: 7 })
    await db('core.call_stats').where({ outcome: 'missed' }).delete()
    t.match(await recount('--check'), {
      code: 1,
      lines: '2 lines of the call statistics differ from the calls.'
    })
    t.match(await recount(), { code: 0, lines: /^2 lines .* mended\.$/ })
    t.match(await recount('--check'), { code: 0 })
    t.match(await recount('--chekc'), { code: 2 })
  }
)

t.test(
  'days that are over have sums, which are read while they are right: what changes such a day shows at once',
  async t => {
    const clock = fakeClock(new Date('2026-01-15T09:00:00Z'))
    const day = await workingDay(t, { clock })
    const { db } = day.app.kernel
    const days = ['2026-01-04', '2026-01-05', '2026-01-15']
    const at = (date: string) => ({
      startedAtMs: Date.parse(`${date}T08:00:00Z`),
      endedAtMs: Date.parse(`${date}T08:00:15Z`)
    })
    const made = await foreign(
      day,
      days.flatMap(date => [at(date), { ...at(date), outcome: 'missed' as const, talkMs: 0, billableMs: 0 }])
    )
    const marked = (): Promise<string[]> => db('core.call_summed_days').orderBy('day').pluck('day')
    const summed = async (...dates: string[]): Promise<void> => {
      await clock.advance(3_600_000)
      while (!dates.every(date => open.includes(date))) open = await marked()
    }
    let open: string[] = []
    const stats = async (query: string) =>
      (await day.admin<{ items: Record<string, unknown>[] }>('GET', `/api/call-stats?${query}`)).body.items
    /** Read from the sums where there are any, and from the roll-up, which knows agents. */
    const both = async (...groups: string[]) => {
      const query = groups.map(group => `groupBy=${group}`).join('&')
      const floor = await stats(query)
      const ofAgents = await stats(`${query}&groupBy=agent`)
      t.same(
        ofAgents.map(({ agentId: _, ...line }) => line),
        floor,
        `${groups.join(', ')}: nobody's calls, so that sums over agents are the lines themselves`
      )
      return floor
    }
    const line = (date: string, talkMs: number) => ({
      ...{ day: date, calls: 2, answered: 1, positive: 0, talkMs, billableMs: 10_000 }
    })
    const before = await both('day')
    t.same(
      before,
      days.map(date => line(date, 10_000))
    )
    await summed('2026-01-12')
    t.equal((await marked()).join().slice(0, 21), '2026-01-04,2026-01-05', 'from the first day on')
    t.notOk((await marked()).includes('2026-01-13'), 'a day may change until its calls are qualified')
    t.same(await both('day'), before)
    await both('day', 'outcome')
    await db('core.call_day_stats').where({ day: '2026-01-04', outcome: 'answered' }).update({ talk_ms: 1 })
    t.match(await stats('groupBy=day&to=2026-01-04'), [{ talkMs: 1 }], 'the sums are what is read')

    const recount = async (...args: string[]): Promise<string> => {
      const lines: string[] = []
      const say = (text: string) => void lines.push(text)
      const { DATABASE_URL: url } = process.env
      process.env.DATABASE_URL = day.url
      try {
        await runCommand([coreDomain()], ['recount-stats', ...args], { out: say, err: say })
      } finally {
        if (url === undefined) delete process.env.DATABASE_URL
        else process.env.DATABASE_URL = url
      }
      return lines.join('\n')
    }
    t.equal(await recount('--check'), '1 lines of the call statistics differ from the calls.')
    t.match(await recount(), /^1 lines .* mended\.$/)
    t.same(await both('day'), before)

    const amended = recordOf(made[0]!, { ...at('2026-01-04'), foreign: true, talkMs: 12_000 })
    await day.pbx.tell([{ kind: 'amended', callId: made[0]!, record: amended }])
    t.notOk((await marked()).includes('2026-01-04'), 'who changes a day takes its mark away')
    const after = [line('2026-01-04', 12_000), ...before.slice(1)]
    t.same(await both('day'), after, 'and it shows at once')
    open = []
    await summed('2026-01-04')
    t.same(await both('day'), after)
    t.match(await recount('--check'), /agree/)

    await db('core.call_summed_days').delete()
    await db.transaction(async trx => {
      await trx.raw('lock table core.call_stats in row exclusive mode')
      t.ok((await sumDays(db, clock.now())) > 2, 'while somebody writes calls nothing is waited for')
    })
    t.equal(await sumDays(db, clock.now()), 0, 'the next time it is made up for')
    t.ok((await marked()).includes('2026-01-04'))
  }
)

t.test('who qualifies a call and what amends it do not wait for each other in a circle', async t => {
  const day = await workingDay(t)
  const { db } = day.app.kernel
  const [amended] = await foreign(day, [{}])
  const other = day.app.kernel.newId()
  const waits = async (): Promise<boolean> =>
    (await db.raw(`select from pg_locks where not granted`)).rowCount > 0
  let written: Promise<void> | undefined
  // In the order of a qualification: the call's row, then the roll-up.
  await db.transaction(async trx => {
    await trx('core.call_history').where({ id: amended }).forUpdate().first()
    written = day.pbx.tell([
      { kind: 'ended', callId: other, record: recordOf(other, { foreign: true }) },
      { kind: 'amended', callId: amended!, record: recordOf(amended!, { foreign: true, outcome: 'busy' }) }
    ])
    while (!(await waits())) await new Promise(resolve => setTimeout(resolve, 10))
    await trx('core.call_stats')
      .where({ outcome: 'answered' })
      .update({ calls: trx.raw('calls') })
  })
  await written
  t.same(await db('core.call_stats').orderBy('outcome').select('outcome', 'calls'), [
    { outcome: 'answered', calls: 1 },
    { outcome: 'busy', calls: 1 }
  ])
})

t.test('a qualification that comes in the moment the call ends is in its row', async t => {
  const day = await workingDay(t)
  const numbers = Array.from({ length: 12 }, (_, i) => `30${10 + i}`)
  await day.contacts(...numbers)
  const { send } = await day.agent()
  for (const _ of numbers) {
    const { body } = await send<{ handout: Handout }>('POST', '/api/handouts', { campaignId: day.campaignId })
    const { id } = body.handout
    const { callId } = (await send<{ callId: string }>('POST', `/api/handouts/${id}/calls`, {})).body
    await day.pbx.talk(callId)
    await Promise.all([
      day.pbx.end(callId),
      send('PUT', `/api/handouts/${id}/qualification`, { dispositionId: day.dispositions.refusal })
    ])
    const { body: call } = await send<{ record: Row }>('GET', `/api/calls/${callId}`)
    t.equal(call.record.dispositionId, day.dispositions.refusal)
    await send('POST', `/api/handouts/${id}/finalise`, {})
  }
})
