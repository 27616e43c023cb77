import { coreDomain, createApp, runCommand } from '@evscallpro/core'
import { quotas, ruleChanged } from '@evscallpro/plugin-quotas'
import { fakeClock } from '@evscallpro/testing'
import type { Knex } from 'knex'
import t, { type Test } from 'tap'
import { naiveNext } from '../../../bench/quotas/naive.ts'
import { contacts, overlapping } from '../../../bench/quotas/workload.ts'
import { RuleBook } from '../src/rule-book.ts'
import { ask, type Floor, finish, floor, next, type Reason, type Rule } from './fixtures/floor.ts'

interface Problem {
  code: string
  detail: string
  errors?: { pointer: string; detail: string }[]
}

t.test(
  'a strict limit of one with ten agents gives exactly one, and the others are told which quota is full',
  async t => {
    const day = await floor(t)
    await day.contacts(Array.from({ length: 20 }, () => ({ postalCode: '75011' })))
    const rule = await day.rule({ field: 'postal_code', operator: 'starts_with', value: '75', limit: 1 })
    const agents = await day.agents(10)
    const answers = await Promise.all(agents.map(({ send }) => ask(send, day.campaignId)))
    const got = answers.filter(({ handout }) => handout)
    t.equal(got.length, 1)
    for (const { handout, reasons } of answers) {
      if (!handout)
        t.match(reasons, [{ code: 'quota_full', ref: rule.id, detail: /0 of 1 reached and 1 under way/ }])
    }
    const owner = agents[answers.findIndex(({ handout }) => handout)]!
    t.equal(await finish(owner.send, got[0]!.handout!.id, day.dispositions.refusal), false)
    const again = await next(owner.send, day.campaignId)
    t.equal(await finish(owner.send, again.id, day.dispositions.sale), false)
    t.match((await ask(owner.send, day.campaignId)).reasons, [
      { code: 'quota_full', detail: /1 of 1 reached/ }
    ])
    t.match(await day.rules(), [
      { completed: 1, reserved: 0, remaining: 0, contactsLeft: 18, forecast: { state: 'full' } }
    ])
    t.same(await day.wrong(), [])
  }
)

t.test(
  'a callback whose quota is full is kept, says which one, and is served when the limit is raised',
  async t => {
    const clock = fakeClock()
    const day = await floor(t, { clock })
    await day.contacts([{ postalCode: '75011' }, { postalCode: '75012' }])
    const rule = await day.rule({ field: 'postal_code', operator: 'starts_with', value: '75', limit: 1 })
    const [agent] = await day.agents(1)
    const promised = await next(agent!.send, day.campaignId)
    const callbackAt = new Date(clock.now().getTime() + 3_600_000).toISOString()
    await finish(agent!.send, promised.id, day.dispositions.callback, { callbackAt })
    const callbacks = async () =>
      (await day.admin<{ items: object[] }>('GET', `/api/callbacks?campaignId=${day.campaignId}`)).body.items
    t.match(await callbacks(), [{ heldBack: false, heldBackBy: [] }])
    const other = await next(agent!.send, day.campaignId)
    await finish(agent!.send, other.id, day.dispositions.sale)
    await clock.advance(3_600_000)
    t.match(await ask(agent!.send, day.campaignId), { handout: null, reasons: [{ code: 'quota_full' }] })
    t.match(await callbacks(), [
      {
        ...{ contactId: promised.contact.id, campaignName: 'Enquête', agentName: null, heldBack: true },
        heldBackBy: [
          { code: 'quota_full', ref: rule.id, name: 'postal_code starts_with 75', detail: /1 of 1 reached/ }
        ]
      }
    ])
    const held = async (heldBack: boolean) =>
      (await day.admin<{ items: object[] }>('GET', `/api/callbacks?heldBack=${heldBack}`)).body.items.length
    t.same([await held(true), await held(false)], [1, 0])
    await day.admin('PATCH', `/api/quotas/rules/${rule.id}`, { limit: 2 })
    t.match(await callbacks(), [{ heldBack: false, heldBackBy: [] }])
    t.match(await next(agent!.send, day.campaignId), {
      cause: 'callback',
      contact: { id: promised.contact.id }
    })
    t.same(await callbacks(), [])
    t.same([await held(true), await held(false)], [0, 0])
  }
)

t.test(
  'a supervisor gives up a callback whose quota is full: its contact is closed, once and not while it is served',
  async t => {
    const clock = fakeClock()
    const day = await floor(t, { clock })
    await day.contacts([{ postalCode: '75011' }, { postalCode: '75012' }, { postalCode: '13001' }])
    await day.rule({ field: 'postal_code', operator: 'starts_with', value: '75', limit: 1 })
    const [agent] = await day.agents(1)
    const callbackAt = new Date(clock.now().getTime() + 3_600_000).toISOString()
    const promised = await next(agent!.send, day.campaignId)
    await finish(agent!.send, promised.id, day.dispositions.callback, { callbackAt, callbackPersonal: true })
    const sold = await next(agent!.send, day.campaignId)
    await finish(agent!.send, sold.id, day.dispositions.sale)
    const other = await next(agent!.send, day.campaignId)
    await finish(agent!.send, other.id, day.dispositions.callback, { callbackAt })
    const open = async (): Promise<{ id: number; contactId: number; heldBack: boolean }[]> => {
      const { body } = await day.admin<{ items: [] }>('GET', '/api/callbacks')
      return body.items
    }
    const items = await open()
    const held = items.find(({ heldBack }) => heldBack)!
    t.match(held, { contactId: promised.contact.id, agentName: 'Test user' })
    const giveUp = async (id: number, send = day.admin): Promise<object> =>
      send('DELETE', `/api/callbacks/${id}`)
    t.match(await giveUp(held.id, agent!.send), { status: 403 }, 'it is not the agent who gives it up')
    t.match(await giveUp(held.id), { status: 204 })
    t.match(await giveUp(held.id), { status: 409, body: { code: 'CORE_CALLBACK_NOT_OPEN' } })
    t.match(await day.admin('GET', `/api/campaigns/${day.campaignId}/contacts/${held.contactId}/dispatch`), {
      body: { dialable: false, reasons: [{ code: 'given_up' }] }
    })
    const [served] = await open()
    t.equal(served!.contactId, other.contact.id)
    await clock.advance(3_600_000)
    t.match(await next(agent!.send, day.campaignId), { contact: { id: other.contact.id } })
    t.match(await giveUp(served!.id), { status: 409, body: { code: 'CORE_CALLBACK_NOT_OPEN' } })
    t.same(await day.wrong(), [])
  }
)

t.test('a soft rule counts only what is positive: calls under way may pass its limit', async t => {
  const day = await floor(t)
  await day.contacts(Array.from({ length: 6 }, () => ({ city: 'Besançon' })))
  await day.rule({ field: 'city', operator: 'equals', value: 'Besançon', limit: 1, mode: 'soft' })
  const agents = await day.agents(3)
  const held = await Promise.all(agents.map(({ send }) => next(send, day.campaignId)))
  for (const [i, { send }] of agents.entries())
    t.equal(await finish(send, held[i]!.id, day.dispositions.sale), false, 'every positive counts')
  t.match(await day.rules(), [{ completed: 3, reserved: 0, remaining: 0 }])
  t.match((await ask(agents[0]!.send, day.campaignId)).reasons, [{ code: 'quota_full' }])
  t.same(await day.wrong(), [])
})

t.test(
  'rules on custom fields count, and a contact with a broken date or a null field stops nobody',
  async t => {
    const day = await floor(t)
    await day.contacts([
      { customFields: { numero_de_contrat: 'ABC-12345', fin: 'pas de date' } },
      { customFields: { numero_de_contrat: 'ABC-99999', fin: null } },
      { customFields: { fin: '2026-02-31', 'clé.à points': { imbriqué: true } } },
      { customFields: { numero_de_contrat: 12, âge: '41' } }
    ])
    const contract = await day.rule({
      field: 'custom_fields.numero_de_contrat',
      operator: 'starts_with',
      value: 'ABC-',
      limit: 1
    })
    await day.rule({ field: 'custom_fields.fin', operator: 'gte', value: 3, limit: 5 })
    const age = await day.rule({ field: 'custom_fields.âge', operator: 'between', value: [40, 50], limit: 5 })
    const [agent] = await day.agents(1)
    const { send } = agent!
    const seen: unknown[] = []
    for (
      let handout = (await ask(send, day.campaignId)).handout;
      handout;
      handout = (await ask(send, day.campaignId)).handout
    ) {
      seen.push(handout.contact.customFields.numero_de_contrat)
      await finish(send, handout.id, day.dispositions.sale)
    }
    t.same(seen, ['ABC-12345', undefined, 12], 'the second contract is held back, nothing else')
    const rules = await day.rules()
    t.match(
      rules.find(({ id }) => id === contract.id),
      { completed: 1, contactsLeft: 1 }
    )
    t.match(
      rules.find(({ id }) => id === age.id),
      { completed: 1 }
    )
    t.same(await day.wrong(), [])
  }
)

t.test('a bad rule is refused, and the answer names the field and the mend', async t => {
  const day = await floor(t)
  const path = `/api/quotas/campaigns/${day.campaignId}/rules`
  const good = { field: 'postal_code', operator: 'equals', value: '75011', limit: 3 }
  const bad: [object, string][] = [
    [{ ...good, operator: 'sounds_like' }, 'operator'],
    [{ ...good, value: '' }, 'value'],
    [{ ...good, limit: 0 }, 'limit'],
    [{ ...good, limit: -4 }, 'limit'],
    [{ ...good, operator: 'between', value: ['1'] }, 'value'],
    [{ ...good, operator: 'in', value: [] }, 'value'],
    [{ ...good, field: 'colour' }, 'field'],
    [{ operator: 'equals', value: 'x', limit: 2 }, 'field']
  ]
  for (const [rule, field] of bad) {
    const { status, body } = await day.admin<Problem>('POST', path, rule)
    t.match({ status, body }, { status: 422, body: { code: 'CORE_INVALID_FIELD' } }, JSON.stringify(rule))
    t.ok(
      body.errors?.some(({ pointer }) => pointer.startsWith(`/${field}`)),
      `${body.detail} names ${field}`
    )
  }
  const many = await day.admin<Problem>('POST', `${path}/import`, { rules: [good, { ...good, limit: 0 }] })
  t.match(many, { status: 422, body: { errors: [{ pointer: '/rules/1/limit' }] } })
  t.same(await day.rules(), [], 'and nothing is written')
  const counters = await day.admin<Problem>('POST', path, { ...good, completed: 7 })
  t.equal(counters.status, 400, 'counters are no part of a rule')
  t.match(await day.admin<Problem>('GET', '/api/quotas/campaigns/99/rules'), { status: 404 })
  t.match(await day.admin<Problem>('DELETE', '/api/quotas/rules/99'), { status: 404 })
})

t.test(
  'an answer typed during the call reserves its new segment at once; a full one is told and never counted',
  async t => {
    const day = await floor(t)
    await day.contacts([{ postalCode: '75011' }, { postalCode: '69003' }, { postalCode: '69004' }])
    const paris = await day.rule({
      field: 'postal_code',
      operator: 'starts_with',
      value: '75',
      limit: 1,
      label: 'Paris'
    })
    const lyon = await day.rule({ field: 'postal_code', operator: 'starts_with', value: '69', limit: 2 })
    const [a, b] = await day.agents(2)
    const first = await next(a!.send, day.campaignId)
    const second = await next(b!.send, day.campaignId)
    t.match(await day.rules(), [{ reserved: 1 }, { reserved: 1 }])

    interface Edited {
      quotaFull: Reason[]
      overQuotaDispositionId: number | null
      contact: { postalCode: string }
    }
    const moved = await b!.send<Edited>('PATCH', `/api/handouts/${second.id}/contact`, {
      postalCode: '75002'
    })
    t.match(moved.body, {
      contact: { postalCode: '75002' },
      quotaFull: [{ code: 'quota_full', ref: paris.id, detail: /Paris/ }]
    })
    t.match(
      await day.rules(),
      [
        { reserved: 1, remaining: 0 },
        { reserved: 0, remaining: 2 }
      ],
      'the old segment is free again'
    )
    t.same(await day.wrong(), [])
    const { overQuotaDispositionId } = moved.body
    t.equal(await finish(b!.send, second.id, overQuotaDispositionId!), true)
    const why = await day.admin<{ reasons: Reason[] }>(
      'GET',
      `/api/campaigns/${day.campaignId}/contacts/${second.contact.id}/dispatch`
    )
    t.match(why.body.reasons, [{ code: 'over_quota' }])

    const third = await next(b!.send, day.campaignId)
    await b!.send('PATCH', `/api/handouts/${third.id}/contact`, { postalCode: '75003' })
    t.equal(await finish(b!.send, third.id, day.dispositions.sale), true, 'positive, and counted nowhere')
    t.match(await day.rules(), [
      { id: paris.id, completed: 0, reserved: 1 },
      { id: lyon.id, completed: 0, reserved: 0 }
    ])
    await a!.send('PATCH', `/api/handouts/${first.id}/contact`, { postalCode: '33000' })
    t.match(
      await day.rules(),
      [{ reserved: 0, remaining: 1 }],
      'a contact that moves away gives its place back'
    )
    t.equal(await finish(a!.send, first.id, day.dispositions.sale), false)
    t.match(await day.rules(), [{ completed: 0 }, { completed: 0 }])
    t.same(await day.wrong(), [])
  }
)

t.test(
  'a corrected qualification moves the counters, and cannot pass a limit that filled meanwhile',
  async t => {
    const day = await floor(t)
    await day.contacts([{ city: 'Lille' }, { city: 'Lille' }, { city: 'Lille' }])
    await day.rule({ field: 'city', operator: 'equals', value: 'Lille', limit: 1 })
    const [{ send }] = (await day.agents(1)) as [Awaited<ReturnType<typeof day.agents>>[number]]
    const first = await next(send, day.campaignId)
    await finish(send, first.id, day.dispositions.sale)
    t.same((await ask(send, day.campaignId)).handout, null)
    const correct = (id: number, dispositionId: number) =>
      day.admin<{ overQuota: boolean; code?: string }>('PUT', `/api/handouts/${id}/correction`, {
        dispositionId
      })
    t.match(await correct(first.id, day.dispositions.refusal), { status: 200, body: { overQuota: false } })
    t.match(await day.rules(), [{ completed: 0, remaining: 1 }])
    const second = await next(send, day.campaignId)
    await finish(send, second.id, day.dispositions.sale)
    t.match(await correct(first.id, day.dispositions.sale), { body: { overQuota: true } })
    t.match(await day.rules(), [{ completed: 1 }])
    t.match(await correct(second.id, day.dispositions.again), { status: 200 })
    t.match(await correct(first.id, day.dispositions.sale), { body: { overQuota: false } })
    t.match(await day.rules(), [{ completed: 1, reserved: 0 }])

    await correct(first.id, day.dispositions.refusal)
    const letGo = await heldUp(t, day)
    const { active } = await day.begin({ field: 'city', operator: 'equals', value: 'Lille', limit: 1 })
    const contact = `/api/campaigns/${day.campaignId}/contacts/${first.contact.id}`
    t.equal((await day.admin('PATCH', contact, { lastName: 'Dupont' })).status, 200)
    t.match(
      await correct(first.id, day.dispositions.sale),
      { body: { overQuota: false } },
      'also towards a rule that is just being made'
    )
    await letGo()
    await active
    t.match(await day.rules(), [
      { completed: 1, reserved: 0 },
      { completed: 1, reserved: 0 }
    ])
    t.same(await day.wrong(), [])
  }
)

t.test(
  'rules change while agents work: a new limit holds at once, a stale form brings no counters, removal frees',
  async t => {
    const day = await floor(t)
    await day.contacts(Array.from({ length: 12 }, (_, i) => ({ postalCode: i % 2 ? '75001' : '13001' })))
    const agents = await day.agents(2)
    const before = await next(agents[0]!.send, day.campaignId)
    await finish(agents[0]!.send, before.id, day.dispositions.sale)
    const rule = await day.rule({ field: 'postal_code', operator: 'starts_with', value: '13', limit: 1 })
    t.match(rule, { completed: 1, remaining: 0, state: 'active' }, 'what was positive before counts')
    const second = await next(agents[0]!.send, day.campaignId)
    t.equal(second.contact.postalCode, '75001')
    await finish(agents[0]!.send, second.id, day.dispositions.refusal)

    const changed = await day.admin<Rule>('PATCH', `/api/quotas/rules/${rule.id}`, { limit: 2 })
    t.match(changed.body, { limit: 2, completed: 1, remaining: 1 })
    const third = await next(agents[0]!.send, day.campaignId)
    t.equal(third.contact.postalCode, '13001', 'the lower rank of the reopened segment comes first')
    t.equal((await next(agents[1]!.send, day.campaignId)).contact.postalCode, '75001')
    t.match((await day.admin<Rule>('PATCH', `/api/quotas/rules/${rule.id}`, { limit: 1 })).body, {
      remaining: 0
    })
    t.equal(
      await finish(agents[0]!.send, third.id, day.dispositions.sale),
      true,
      'lowered under a call: never above the limit'
    )

    const other = await day.admin<Rule>('PATCH', `/api/quotas/rules/${rule.id}`, { value: '75', limit: 9 })
    t.match(other.body, { id: rule.id, state: 'building' })
    t.equal((await day.admin('DELETE', `/api/quotas/rules/${rule.id}`)).status, 204)
    t.same(await day.rules(), [])
    t.same(await day.wrong(), [])
  }
)

/** Keeps the background from taking contacts through new rules until it is let go. */
async function heldUp(t: Test, day: Floor): Promise<() => Promise<void>> {
  const trx = await day.db.transaction()
  t.teardown(() => (trx.isCompleted() ? undefined : trx.rollback()))
  await trx.raw("select pg_advisory_xact_lock(hashtext('quotas.pass'), ?)", [day.campaignId])
  return async () => void (await trx.rollback())
}

t.test(
  'a rule made on a running campaign keeps its contacts back until what counts already is counted; others go on',
  async t => {
    const day = await floor(t)
    await day.contacts([
      ...Array.from({ length: 3 }, () => ({ city: 'Dijon' })),
      ...Array.from({ length: 2 }, () => ({ city: 'Metz' }))
    ])
    const [one, two, three] = await day.agents(3)
    const sold = await next(one!.send, day.campaignId)
    await finish(one!.send, sold.id, day.dispositions.sale)
    const held = await next(two!.send, day.campaignId)
    const letGo = await heldUp(t, day)
    const { id, active } = await day.begin({ field: 'city', operator: 'equals', value: 'Dijon', limit: 2 })
    for (const _ of ['Metz', 'Metz']) {
      const handout = await next(three!.send, day.campaignId)
      t.match(handout.contact, { city: 'Metz' })
      await finish(three!.send, handout.id, day.dispositions.refusal)
    }
    const { handout, reasons } = await ask(three!.send, day.campaignId)
    t.equal(handout, null)
    t.match(reasons, [{ code: 'quota_building', ref: id }, { code: 'rules_changing' }])
    t.match(await day.rules(), [{ state: 'building', completed: 0, reserved: 0 }])
    await letGo()
    await active
    t.match(await day.rules(), [{ state: 'active', completed: 1, reserved: 1, remaining: 0 }])
    t.match((await ask(three!.send, day.campaignId)).reasons, [{ code: 'quota_full', ref: id }])
    t.equal(await finish(two!.send, held.id, day.dispositions.sale), false, 'it was under way, and counts')
    t.match(await day.rules(), [{ completed: 2, reserved: 0 }])
    t.same(await day.wrong(), [])
  }
)

t.test('contacts that a new rule has not seen are classified in the turn that wants them', async t => {
  const day = await floor(t)
  await day.contacts(
    Array.from({ length: 700 }, (_, i) => ({ postalCode: i % 100 === 99 ? '33000' : '69003' }))
  )
  const agents = await day.agents(10)
  const letGo = await heldUp(t, day)
  const { id, active } = await day.begin({
    field: 'postal_code',
    operator: 'starts_with',
    value: '69',
    limit: 1
  })
  // Nothing has been called yet: what counts already is counted.
  await day.db('quotas.campaigns').where({ campaign_id: day.campaignId }).update({ held: [] })
  await day.db('quotas.rules').where({ id }).update({ held: false })
  const answers = await Promise.all(agents.map(({ send }) => ask(send, day.campaignId)))
  const codes = answers.flatMap(({ handout }) => handout?.contact.postalCode ?? [])
  t.equal(codes.filter(code => code === '69003').length, 1, 'exactly its limit')
  const waiting = answers.filter(({ handout }) => !handout)
  t.ok(waiting.length > 0, 'a turn looks at so many contacts and no more')
  for (const { reasons } of waiting) t.match(reasons.at(-1), { code: 'rules_changing' })
  t.match(await day.rules(), [{ state: 'building', completed: 0, reserved: 1, remaining: 0 }])
  await letGo()
  await active
  const later = await Promise.all(
    answers.map(async ({ handout }, i) => handout ?? (await ask(agents[i]!.send, day.campaignId)).handout)
  )
  t.equal(
    later.filter(handout => handout?.contact.postalCode === '33000').length,
    7,
    'none of the others is lost'
  )
  t.match(await day.rules(), [{ state: 'active', completed: 0, reserved: 1, contactsLeft: 692 }])
  t.same(await day.wrong(), [])
})

/** An edit that commits while `other` waits for the campaign, between what it has read and what it will read. */
async function editMeanwhile(
  t: Test,
  { app, db }: Floor,
  other: () => Promise<unknown>,
  edit: (book: RuleBook) => Promise<unknown>
): Promise<void> {
  const trx = await db.transaction()
  t.teardown(() => (trx.isCompleted() ? undefined : trx.rollback()))
  await trx.raw('lock table core.campaign_dispatch in access exclusive mode')
  const waiting = other()
  const waits = `select from pg_locks where relation = 'core.campaign_dispatch'::regclass and not granted`
  while ((await db.raw(waits)).rows.length === 0);
  await edit(new RuleBook({ db: trx, events: app.kernel.events }, () => {}))
  await trx.commit()
  await waiting
}

t.test('two edits of a rule at once both hold', async t => {
  const day = await floor(t)
  const { id } = await day.rule({ field: 'city', operator: 'equals', value: 'Lens', limit: 9, mode: 'soft' })
  const change = (body: object) => day.admin<Rule>('PATCH', `/api/quotas/rules/${id}`, body)
  const label = () => change({ label: 'Lens' }).then(({ status }) => t.equal(status, 200))
  await editMeanwhile(t, day, label, book => book.change(id, { limit: 2 }))
  t.match(await day.rules(), [{ label: 'Lens', limit: 2, mode: 'soft' }])
  const value = () => change({ value: 'Laon' }).then(({ status }) => t.equal(status, 200))
  await editMeanwhile(t, day, value, book => book.change(id, { operator: 'starts_with', mode: 'strict' }))
  t.match(await day.rules(), [{ operator: 'starts_with', values: ['Laon'], mode: 'strict', limit: 2 }])
})

t.test(
  'a rule that is added while contacts are taken through an older one is counted like any other',
  async t => {
    const day = await floor(t)
    await day.contacts([{ city: 'Dijon' }, { city: 'Dijon' }, { city: 'Metz' }, { city: 'Metz' }])
    const [agent] = await day.agents(1)
    const { send } = agent!
    const sold = await next(send, day.campaignId)
    await finish(send, sold.id, day.dispositions.sale)
    const letGo = await heldUp(t, day)
    const older = await day.begin({ field: 'city', operator: 'equals', value: 'Metz', limit: 1 })
    // What counts towards it already is counted: the others are looked at.
    await day.db('quotas.campaigns').where({ campaign_id: day.campaignId }).update({ held: [] })
    await day.db('quotas.rules').where({ id: older.id }).update({ held: false })
    const dijon = { field: 'city', operator: 'equals', value: 'Dijon', limit: 2 }
    await editMeanwhile(t, day, letGo, book => book.add(day.campaignId, [dijon]))
    await older.active
    const got = await next(send, day.campaignId)
    t.match(got.contact, { city: 'Dijon' })
    await finish(send, got.id, day.dispositions.sale)
    t.match((await next(send, day.campaignId)).contact, { city: 'Metz' })
    t.match(await day.rules(), [
      { state: 'active', reserved: 1 },
      { state: 'active', completed: 2, remaining: 0 }
    ])
    t.same(await day.wrong(), [])
  }
)

t.test(
  'a counter that is wrong is said by the audit, the command, the health probe and the gauge',
  async t => {
    const day = await floor(t)
    await day.contacts([{ city: 'Pau' }, { city: 'Pau' }])
    const rule = await day.rule({ field: 'city', operator: 'equals', value: 'Pau', limit: 5 })
    const audit = () => day.admin('GET', `/api/quotas/campaigns/${day.campaignId}/audit`)
    const probe = async (): Promise<string> => (await day.app.inject({ url: '/health/ready' })).body
    const { body: key } = await day.admin<{ key: string }>('POST', '/api/auth/api-keys', {
      name: 'Prometheus',
      permissions: ['metrics:read']
    })
    const gauge = async (): Promise<string> => {
      const headers = { authorization: `Bearer ${key.key}` }
      return (await day.app.inject({ url: '/metrics', headers })).body
    }
    t.match(await audit(), { status: 200, body: { wrong: [] } })
    t.notMatch(await probe(), /quotas-recount/)
    t.match(await gauge(), /^evs_quotas_counters_wrong 0$/m)

    await day.db('quotas.rules').where({ id: rule.id }).update({ completed: 2, reserved: 1 })
    const evs = recount(t, day)
    t.match(await evs(), {
      code: 1,
      said: `campaign ${day.campaignId}, rule ${rule.id}: completed 2 (recount 0), reserved 1 (recount 0)`
    })
    const difference = { ruleId: rule.id, completed: 2, reserved: 1, countedCompleted: 0, countedReserved: 0 }
    t.match(await audit(), { body: { wrong: [difference] } })
    t.match(
      await probe(),
      new RegExp(`differ from the recount \\(campaign ${day.campaignId}: 1\\).*quotas-recount`)
    )
    t.match(await gauge(), /^evs_quotas_counters_wrong 1$/m)

    await day.db('quotas.rules').where({ id: rule.id }).update({ completed: 0, reserved: 0 })
    t.match(await evs(), { code: 0, said: /All counters equal the recount/ })
    t.notMatch(await probe(), /quotas-recount/, 'until it is right again')
    t.match(await gauge(), /^evs_quotas_counters_wrong 0$/m)
  }
)

/** `evs quotas-recount` on this database. */
function recount(t: Test, day: Floor): () => Promise<{ code: number; said: string }> {
  const before = process.env.DATABASE_URL
  t.teardown(() => {
    if (before === undefined) delete process.env.DATABASE_URL
    else process.env.DATABASE_URL = before
  })
  process.env.DATABASE_URL = day.url
  return async () => {
    let said = ''
    const io = { out: (line: string) => (said += line), err: (line: string) => (said += line) }
    return { code: await runCommand([coreDomain(), quotas()], ['quotas-recount'], io), said }
  }
}

t.test(
  'a rule of thousands of segments is closed and opened a page at a time, and holds at once',
  async t => {
    const day = await floor(t)
    const count = 2_500
    // A segment each: every contact meets a rule of its own.
    const rules = Array.from({ length: count }, (_, i) => {
      return { field: 'custom_fields.contract', operator: 'equals', value: `C-${i}`, limit: 9 }
    })
    await day.admin('POST', `/api/quotas/campaigns/${day.campaignId}/rules/import`, { rules })
    const hot = await day.begin({ field: 'city', operator: 'equals', value: 'Nancy', limit: 2 })
    await hot.active
    await day.contacts(
      Array.from({ length: count }, (_, i) => ({ city: 'Nancy', customFields: { contract: `C-${i}` } }))
    )
    const closed = async (db: Knex = day.db): Promise<number> => {
      const where = { campaign_id: day.campaignId, blocked: 1 }
      const [row] = await db('core.segments').where(where).count('* as n')
      return Number(row!.n)
    }
    const agents = await day.agents(3)
    const [one, two] = [
      await next(agents[0]!.send, day.campaignId),
      await next(agents[1]!.send, day.campaignId)
    ]
    t.match((await ask(agents[2]!.send, day.campaignId)).reasons, [{ code: 'quota_full', ref: hot.id }])
    t.equal(await closed(), 0, 'calls under way close nothing: the rule is passed over')
    await finish(agents[0]!.send, one.id, day.dispositions.sale)
    const pages = await inPages(day, hot.id, closed)
    t.same(pages, { closing: [1_000, 2_000, count], opening: [1_500, 500, 0] })
    await finish(agents[1]!.send, two.id, day.dispositions.sale)
    t.match((await ask(agents[2]!.send, day.campaignId)).reasons, [{ code: 'quota_full', ref: hot.id }])
    while ((await closed()) < count);
    t.same(await day.wrong(), [])
    await day.admin('PATCH', `/api/quotas/rules/${hot.id}`, { limit: 3 })
    while ((await closed()) > 0);
    t.match((await next(agents[2]!.send, day.campaignId)).contact, { customFields: { contract: 'C-2' } })
    t.same(await day.wrong(), [])
  }
)

/** How many segments are closed after each page of the background's work, in a transaction that is undone. */
async function inPages(
  { db, campaignId }: Floor,
  ruleId: number,
  closed: (db: Knex) => Promise<number>
): Promise<{ closing: number[]; opening: number[] }> {
  const trx = await db.transaction()
  try {
    const { rows } = await trx.raw(
      'select mark, core.dispatch_lock(campaign_id) from quotas.rules where id = ?',
      [ruleId]
    )
    const work = async (change: object): Promise<number[]> => {
      await trx('quotas.rules').where({ id: ruleId }).update(change)
      await trx.raw('select quotas.open_close(?, ?)', [campaignId, [rows[0].mark]])
      const after: number[] = []
      for (let more = true; more; after.push(await closed(trx)))
        more = (await trx.raw('select quotas.work(?, 1000) as more', [campaignId])).rows[0].more
      return after
    }
    return { closing: await work({ completed: 2, reserved: 0 }), opening: await work({ limit: 3 }) }
  } finally {
    await trx.rollback()
  }
}

t.test('a database that has had quotas is not served without them until their gate is removed', async t => {
  const day = await floor(t)
  await day.contacts([{ city: 'Brest' }, { city: 'Brest' }])
  await day.rule({ field: 'city', operator: 'equals', value: 'Brest', limit: 1 })
  const [agent] = await day.agents(1)
  const { send } = agent!
  await finish(send, (await next(send, day.campaignId)).id, day.dispositions.sale)
  t.match((await ask(send, day.campaignId)).reasons, [{ code: 'quota_full' }])
  const without = async (): Promise<void> => {
    const app = await createApp({ databaseUrl: day.url, plugins: [coreDomain()], logger: false })
    t.teardown(() => app.close())
    await app.ready()
  }
  await t.rejects(without(), { code: 'CORE_GATE_MISSING' })
  const before = process.env.DATABASE_URL
  t.teardown(() => {
    if (before === undefined) delete process.env.DATABASE_URL
    else process.env.DATABASE_URL = before
  })
  const evs = async (...argv: string[]): Promise<{ code: number; said: string }> => {
    let said = ''
    const io = { out: (line: string) => (said += line), err: (line: string) => (said += line) }
    return { code: await runCommand([coreDomain(), quotas()], argv, io), said }
  }
  delete process.env.DATABASE_URL
  t.match(await evs('dispatch-gate-remove', 'quotas'), { code: 2, said: /DATABASE_URL/ })
  process.env.DATABASE_URL = day.url
  t.match(await evs('dispatch-gate-remove'), { code: 2, said: /Name the gate/ })
  t.match(await evs('dispatch-gate-remove', 'quota'), { code: 1, said: /no gate 'quota'/ })
  t.match(await evs('dispatch-gate-remove', 'quotas'), { code: 0, said: /'quotas' is removed/ })
  t.match((await next(send, day.campaignId)).contact, { city: 'Brest' }, 'what it had closed is open')
  await t.resolves(without())
})

t.test(
  'a hand-out reads as many rows with two hundred times the rules, by their keys, of tables that nobody has analysed',
  async t => {
    const day = await floor(t)
    const tables = ['core.contacts', 'core.segments', 'core.handouts', 'core.callbacks', 'quotas.rules']
    for (const table of tables) await day.db.raw(`alter table ${table} set (autovacuum_enabled = false)`)
    const agents = (await day.agents(10)).map(({ id }) => id)
    const few = await campaign(t, day, 5)
    const many = await campaign(t, day, 1_000)
    const cost = {
      few: await rowsRead(day.db, tables, trx => turn(t, trx, few, agents)),
      many: await rowsRead(day.db, tables, trx => turn(t, trx, many, agents)),
      one: await rowsRead(day.db, tables, trx => turn(t, trx, many, agents.slice(0, 1))),
      naive: await rowsRead(day.db, tables, trx => naiveNext(trx, many, 1))
    }
    t.equal(cost.few.scanned + cost.many.scanned, 0, 'no table is read from end to end')
    t.ok(cost.many.read <= 2 * cost.few.read, `${cost.many.read} rows, ${cost.few.read} with five rules`)
    t.ok(
      cost.naive.read >= 5 * cost.one.read,
      `${cost.one.read} rows, trying the rules reads ${cost.naive.read}`
    )
  }
)

t.test('rules that come in one list are told to the boards together, not one by one', async t => {
  const day = await floor(t)
  let told = 0
  day.app.kernel.db.on('query', ({ sql }: { sql: string }) => {
    if (sql.includes("announce('quotas'")) told++
  })
  await campaign(t, day, 500)
  t.ok(told >= 1 && told < 100, `${told} messages for a thousand changes`)
})

/** A campaign with so many overlapping rules, and contacts that came after them. */
async function campaign(t: Test, day: Floor, ruleCount: number): Promise<number> {
  const { body } = await day.admin<{ id: number }>('POST', '/api/campaigns', {
    name: `${ruleCount} rules`,
    ...{ dialMode: 'preview', country: 'FR', timeZone: 'Europe/Paris' }
  })
  let active = 0
  const all = new Promise<void>(resolve => {
    day.app.kernel.events.on(ruleChanged, ({ campaignId, state }) => {
      if (campaignId === body.id && state === 'active' && ++active === ruleCount) resolve()
    })
  })
  await day.admin('POST', `/api/quotas/campaigns/${body.id}/rules/import`, {
    rules: overlapping(ruleCount, 2_000)
  })
  await all
  const list = [...contacts(1_000, 1)]
  const { status } = await day.admin('POST', `/api/campaigns/${body.id}/contacts`, { contacts: list })
  t.equal(status, 200)
  return body.id
}

/** Hands out to all of them in one turn. */
async function turn(
  t: Test,
  trx: Knex.Transaction,
  campaignId: number,
  agentIds: readonly number[]
): Promise<void> {
  await trx('core.dispatch_zones').where({ campaign_id: campaignId }).update({ changes_at: 'infinity' })
  await trx.raw('select core.dispatch_session(true)')
  const { rows } = await trx.raw(
    `select core.dispatch_turn(:campaignId, now(), '[]', :agents, none, none, '{}') as turn
       from array_fill(null::bigint, array[cardinality(:agents::int[])]) none`,
    { campaignId, agents: [...agentIds] }
  )
  t.equal(rows[0].turn.answers.filter((answer: { fresh?: boolean }) => answer.fresh).length, agentIds.length)
}

/** Rows of these tables that the work reads, and how many of them without an index; the work is undone. */
async function rowsRead(
  db: Knex,
  tables: readonly string[],
  work: (trx: Knex.Transaction) => Promise<unknown>
): Promise<{ read: number; scanned: number }> {
  const trx = await db.transaction()
  const counted = async (): Promise<{ read: number; scanned: number }> =>
    (
      await trx.raw(
        `select sum(seq_tup_read)::int as scanned, sum(seq_tup_read + coalesce(idx_tup_fetch, 0))::int as read
           from pg_stat_xact_user_tables where schemaname || '.' || relname = any(?)`,
        [[...tables]]
      )
    ).rows[0]
  const before = await counted()
  await work(trx)
  const after = await counted()
  await trx.rollback()
  return { read: after.read - before.read, scanned: after.scanned - before.scanned }
}
