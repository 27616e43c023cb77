import { type Clock, systemClock } from '@evscallpro/core'
import t from 'tap'
import { ask, type Floor, finish, floor, type Rule } from './fixtures/floor.ts'
import { Oracle, type OracleContact, type OracleRule, type Outcome } from './fixtures/oracle.ts'

// Thousands of requests, on a machine that may do other things too.
t.setTimeout(600_000)

/** mulberry32; the seed of a failure is in the title. */
function random(seed: number): () => number {
  let a = seed
  return () => {
    a = (a + 0x6d2b79f5) | 0
    let x = Math.imul(a ^ (a >>> 15), 1 | a)
    x = (x + Math.imul(x ^ (x >>> 7), 61 | x)) ^ x
    return ((x ^ (x >>> 14)) >>> 0) / 4_294_967_296
  }
}

const cities = ['Paris', 'Orléans', 'Nîmes', "L'Haÿ-les-Roses"]

interface Fields {
  readonly priority: number
  readonly postalCode: string
  readonly city: string
  readonly customFields: Record<string, unknown>
}

function someContact(chance: () => number): Fields {
  const custom: Record<string, unknown> = {}
  if (chance() < 0.9) custom.age = chance() < 0.1 ? 'inconnu' : Math.floor(chance() * 60)
  if (chance() < 0.7) custom.numero_de_contrat = `C-${Math.floor(chance() * 30)}`
  if (chance() < 0.2) custom.fin = chance() < 0.5 ? null : '2026-13-45'
  return {
    priority: chance() < 0.1 ? 1 : 2,
    postalCode: String(10_000 + Math.floor(chance() * 40) * 500),
    city: cities[Math.floor(chance() * cities.length)]!,
    customFields: custom
  }
}

function someRule(chance: () => number, contacts: number): object {
  const limit = 1 + Math.floor(chance() * contacts * 0.2)
  const mode = chance() < 0.8 ? 'strict' : 'soft'
  const asks = [
    { field: 'city', operator: 'equals', value: cities[Math.floor(chance() * 4)] },
    { field: 'city', operator: 'not_equals', value: 'Paris' },
    { field: 'postal_code', operator: 'starts_with', value: String(1 + Math.floor(chance() * 2)) },
    { field: 'postal_code', operator: 'in', value: ['10000', '12500', '15500'] },
    { field: 'custom_fields.age', operator: 'between', value: [10, 10 + Math.floor(chance() * 40)] },
    { field: 'custom_fields.age', operator: 'gte', value: Math.floor(chance() * 50) },
    {
      field: 'custom_fields.numero_de_contrat',
      operator: 'contains',
      value: String(Math.floor(chance() * 10))
    },
    { field: 'custom_fields.fin', operator: 'is_set', value: null }
  ]
  return { ...asks[Math.floor(chance() * asks.length)], limit, mode }
}

interface Stored {
  id: number
  priority: number
  postal_code: string
  city: string
  custom_fields: Record<string, unknown>
}

async function learn(day: Floor, oracle: Oracle): Promise<void> {
  const rows: Stored[] = await day.db('core.contacts').where({ campaign_id: day.campaignId }).orderBy('id')
  for (const { id, priority, ...row } of rows) oracle.contacts.set(id, { id, priority, row, status: 'ready' })
}

async function addRule(day: Floor, oracle: Oracle, input: object): Promise<void> {
  const { id } = await day.rule(input)
  await learnRule(day, oracle, id)
}

async function learnRule(day: Floor, oracle: Oracle, id: number): Promise<void> {
  const row = await day.db('quotas.rules').where({ id }).whereNot({ state: 'removed' }).first()
  const rule: OracleRule = { id, condition: row, mode: row.mode, limit: row.limit }
  oracle.rules.set(id, rule)
}

const minute = 60_000

/** Time that stands still between two steps; what runs beside goes on. */
class StandingClock implements Clock {
  #now = Date.now()

  now(): Date {
    return new Date(this.#now)
  }

  pass(ms: number): void {
    this.#now += ms
  }

  setTimeout = systemClock.setTimeout
}

/** Counters of the server, of the oracle, and of the recount. */
async function compareCounters(day: Floor, oracle: Oracle): Promise<string[]> {
  const differences: string[] = []
  for (const rule of await day.rules()) {
    const known = oracle.rules.get(rule.id)!
    const [completed, reserved] = [oracle.completed(known), oracle.reserved(known)]
    if (rule.completed !== completed || rule.reserved !== reserved)
      differences.push(`rule ${rule.id}: ${rule.completed}+${rule.reserved}, oracle ${completed}+${reserved}`)
  }
  for (const row of await day.wrong()) differences.push(JSON.stringify(row))
  return differences
}

for (const seed of [1, 2, 3]) {
  t.test(
    `one by one, with retries, callbacks, and edits of contacts, rules and qualifications, dispatch does what plain code does (seed ${seed})`,
    async t => {
      const chance = random(seed)
      const pick = <T>(list: readonly T[]): T => list[Math.floor(chance() * list.length)]!
      const clock = new StandingClock()
      const teamMinutes = 20
      const day = await floor(t, {
        clock,
        campaign: { leaseMinutes: 480, callbackTeamMinutes: teamMinutes }
      })
      const contacts = 120
      await day.contacts(Array.from({ length: contacts }, () => someContact(chance)))
      const oracle = new Oracle()
      await learn(day, oracle)
      for (let i = 0; i < 6; i++) await addRule(day, oracle, someRule(chance, contacts))
      const agents = await day.agents(8)
      const held = new Map<number, { handoutId: number; contact: OracleContact }>()
      /** Hand-outs whose qualification may be corrected, by contact. */
      const qualified = new Map<OracleContact, number>()
      const differences: string[] = []
      const counts = { handouts: 0, nothing: 0, corrections: 0, callbacks: 0, retries: 0 }

      const editRule = async (): Promise<void> => {
        const rule = pick([...oracle.rules.values()])
        const draw = chance()
        if (draw < 0.25) {
          await day.admin('DELETE', `/api/quotas/rules/${rule.id}`)
          oracle.rules.delete(rule.id)
          return
        }
        if (draw < 0.5) await day.change(rule.id, { limit: 1 + Math.floor(chance() * contacts * 0.2) })
        else if (draw < 0.75) await day.change(rule.id, { mode: rule.mode === 'soft' ? 'strict' : 'soft' })
        else await day.change(rule.id, someRule(chance, contacts))
        await learnRule(day, oracle, rule.id)
      }

      const editContact = async (mine: OracleContact | undefined): Promise<string | null> => {
        const contact = mine && chance() < 0.6 ? mine : pick([...oracle.contacts.values()])
        const { postalCode, city, customFields } = someContact(chance)
        const { status, body } = await day.admin<{
          quotaFull: unknown[]
          contact: { customFields: Record<string, unknown> }
        }>('PATCH', `/api/campaigns/${day.campaignId}/contacts/${contact.id}`, {
          postalCode,
          city,
          customFields
        })
        if (status !== 200) throw new Error(JSON.stringify(body))
        oracle.edit(contact, { postal_code: postalCode, city, custom_fields: body.contact.customFields })
        const told = body.quotaFull.length > 0
        const over = contact.status === 'held over' || contact.status === 'over'
        return told === over || contact.status === 'closed'
          ? null
          : `contact ${contact.id} is ${contact.status}, told ${told}`
      }

      /** Something that may be said of a contact, and the disposition that says it. */
      const someOutcome = (): [Exclude<Outcome, 'released'>, number] => {
        const now = clock.now().getTime()
        const draw = chance()
        if (draw < 0.5) return ['positive', day.dispositions.sale]
        if (draw < 0.65) return [{ retryAt: now }, day.dispositions.again]
        if (draw < 0.8) return [{ retryAt: now + 30 * minute }, day.dispositions.later]
        return ['closed', day.dispositions.refusal]
      }

      const correct = async (): Promise<string | null> => {
        const [contact, handoutId] = pick([...qualified])
        if (contact.status.startsWith('held')) return null
        const [outcome, dispositionId] = someOutcome()
        const { status, body } = await day.admin<{ overQuota: boolean }>(
          'PUT',
          `/api/handouts/${handoutId}/correction`,
          { dispositionId }
        )
        if (status !== 200) throw new Error(JSON.stringify(body))
        counts.corrections++
        const over = oracle.correct(contact, outcome)
        return body.overQuota === over ? null : `corrected, over quota ${body.overQuota}, oracle ${over}`
      }

      const end = async (index: number): Promise<string | null> => {
        const { id: agentId, send } = agents[index]!
        const { handoutId, contact } = held.get(index)!
        held.delete(index)
        const draw = chance()
        if (draw < 0.15) {
          oracle.settle(contact, 'released')
          qualified.delete(contact)
          await send('DELETE', `/api/handouts/${handoutId}`)
          return null
        }
        qualified.set(contact, handoutId)
        if (draw < 0.35) {
          const callbackPersonal = chance() < 0.5
          const dueAt = clock.now().getTime() + Math.floor(1 + chance() * 30) * minute
          const promise = { dueAt, agentId: callbackPersonal ? agentId : null }
          const teamAt = callbackPersonal ? dueAt + teamMinutes * minute : dueAt
          oracle.settle(contact, { callback: { ...promise, teamAt, id: ++counts.callbacks } })
          const callbackAt = new Date(dueAt).toISOString()
          await finish(send, handoutId, day.dispositions.callback, { callbackAt, callbackPersonal })
          return null
        }
        const [outcome, disposition] = someOutcome()
        if (typeof outcome === 'object') counts.retries++
        const over = oracle.settle(contact, outcome)
        const told = await finish(send, handoutId, disposition)
        return told === over ? null : `over quota ${told}, oracle ${over}`
      }

      const askNext = async (index: number): Promise<string | null> => {
        const { id, send } = agents[index]!
        const expected = oracle.first(id, clock.now().getTime())
        const { handout } = await ask(send, day.campaignId)
        if ((handout?.contact.id ?? null) !== (expected?.id ?? null))
          return `got ${handout?.contact.id} (${handout?.cause}), oracle ${expected?.id}`
        if (handout && expected) {
          oracle.grant(expected)
          held.set(index, { handoutId: handout.id, contact: expected })
          counts.handouts++
        } else counts.nothing++
        return null
      }

      for (let step = 0; step < 380 && differences.length === 0; step++) {
        const index = Math.floor(chance() * agents.length)
        const draw = chance()
        let difference: string | null = null
        if (draw < 0.03) await addRule(day, oracle, someRule(chance, contacts))
        else if (draw < 0.07 && oracle.rules.size > 0) await editRule()
        else if (draw < 0.12) clock.pass(Math.floor(chance() * 20) * minute)
        else if (draw < 0.19) difference = await editContact(held.get(index)?.contact)
        else if (draw < 0.26 && qualified.size > 0) difference = await correct()
        else difference = await (held.has(index) ? end(index) : askNext(index))
        if (difference) differences.push(`step ${step}: ${difference}`)
        if (step % 20 === 0) differences.push(...(await compareCounters(day, oracle)))
      }
      differences.push(...(await compareCounters(day, oracle)))
      t.same(differences, [])
      t.ok(counts.handouts > 40 && counts.corrections > 10, JSON.stringify(counts))
    }
  )
}

t.test(
  'two hundred agents at once, with retries, callbacks, corrections and rules that change: no contact twice, never above a limit, and nothing eligible is left',
  async t => {
    const chance = random(11)
    const day = await floor(t)
    const contacts = 800
    // A tenth comes last in the list: a rule made at the start finds none of them called.
    await day.contacts(
      Array.from({ length: contacts }, (_, i) => {
        const contact = someContact(chance)
        return i % 10 === 0
          ? { ...contact, priority: 3, customFields: { ...contact.customFields, tard: 'oui' } }
          : contact
      })
    )
    const oracle = new Oracle()
    await learn(day, oracle)
    for (let i = 0; i < 8; i++) await addRule(day, oracle, { ...someRule(chance, contacts), mode: 'strict' })
    const agents = await day.agents(200)
    const seen = new Set<number>()
    const twice: number[] = []
    let again = 0
    let corrected = 0
    /** A rule whose limit is lowered below what it has: nothing more counts towards it. */
    const lowered = [...oracle.rules.keys()][2]!
    // The database notes each version of a rule that is too much: looking from time to time would miss some, and looking all
    // the time takes a processor.
    await day.db.raw(`
      create table public.above as select r.* from quotas.rules r with no data;
      create function public.note_above() returns trigger language plpgsql as $$
      begin
        insert into public.above select new.*;
        return null;
      end $$;
      create trigger note_above after update on quotas.rules for each row
        when (new.state <> 'removed' and case when new.id = ${lowered}
          then new.completed > new."limit" and new.completed > old.completed
          else new.completed + new.reserved > new."limit" end)
        execute function public.note_above()`)
    const edit = async (): Promise<void> => {
      const late = { field: 'custom_fields.tard', operator: 'equals', value: 'oui', mode: 'strict' }
      const made = [await day.begin({ ...late, limit: 40 }), await day.begin({ ...late, limit: 25 })]
      const [raised, removed] = [...oracle.rules.values()]
      await day.admin('PATCH', `/api/quotas/rules/${raised!.id}`, { limit: raised!.limit + 10 })
      await day.admin('DELETE', `/api/quotas/rules/${removed!.id}`)
      const { limit } = oracle.rules.get(lowered)!
      await day.admin('PATCH', `/api/quotas/rules/${lowered}`, { limit: Math.ceil(limit / 3) })
      for (let i = 0; i < 30; i++) {
        const id = [...oracle.contacts.keys()][Math.floor(chance() * contacts)]!
        await day.admin('PATCH', `/api/campaigns/${day.campaignId}/contacts/${id}`, { city: cities[i % 4] })
      }
      await Promise.all(made.map(({ active }) => active))
      await day.admin('PATCH', `/api/quotas/rules/${made[1]!.id}`, { limit: 30 })
    }
    const work = async (send: (typeof agents)[number]['send'], own: () => number): Promise<void> => {
      for (;;) {
        const { handout } = await ask(send, day.campaignId)
        if (!handout) return
        const { id } = handout.contact
        if (seen.has(id)) twice.push(id)
        const draw = own()
        if (draw < 0.1) await send('DELETE', `/api/handouts/${handout.id}`)
        else if (draw < 0.2 && again++ < 300) await finish(send, handout.id, day.dispositions.again)
        else if (draw < 0.25 && again++ < 300) {
          const callbackAt = new Date(Date.now() + 3_600_000).toISOString()
          await finish(send, handout.id, day.dispositions.callback, { callbackAt })
        } else {
          seen.add(id)
          const { sale, refusal } = day.dispositions
          await finish(send, handout.id, draw < 0.6 ? sale : refusal)
          if (own() > 0.1) continue
          const dispositionId = draw < 0.6 ? refusal : sale
          const { status } = await day.admin('PUT', `/api/handouts/${handout.id}/correction`, {
            dispositionId
          })
          if (status === 200) corrected++
        }
      }
    }
    await Promise.all([edit(), ...agents.map(({ send }, i) => work(send, random(100 + i)))])
    // The hour passes; places that were reserved while the others asked may be free again.
    const callbacks = await day.db('core.callbacks').where({ done_at: null }).update({ due_at: new Date() })
    again = 300
    await work(agents[0]!.send, random(99))
    t.same(twice, [])
    t.same(
      await day.db('public.above'),
      [],
      'completed + reserved was never above a limit, and did not grow where it was lowered'
    )
    t.same(await day.wrong(), [], 'counters equal the recount')
    const rules: Rule[] = await day.rules()
    const rows = await day
      .db('core.contacts')
      .where({ campaign_id: day.campaignId })
      .whereIn('status', [0, 4])
    const conditions = await day.db('quotas.rules').where({ campaign_id: day.campaignId, state: 'active' })
    t.equal(conditions.length, 9)
    const { matchesOne } = await import('@evscallpro/plugin-quotas')
    const left = rows.filter(row =>
      conditions.every(
        rule => !matchesOne(rule, row) || rules.find(({ id }) => id === rule.id)!.remaining > 0
      )
    )
    t.same(left, [], `${rows.length} contacts are left, all of them held back by a full rule`)
    t.ok(seen.size > 100, `${seen.size} contacts were worked`)
    t.ok(callbacks > 5, `${callbacks} callbacks were promised`)
    t.ok(corrected > 5, `${corrected} qualifications were corrected`)
  }
)
