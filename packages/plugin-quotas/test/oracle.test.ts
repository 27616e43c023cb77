import t from 'tap'
import { ask, type Floor, finish, floor, type Rule } from './fixtures/floor.ts'
import { Oracle, type OracleContact, type OracleRule } from './fixtures/oracle.ts'

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
    { field: 'custom_fields.fin', operator: 'is_set' }
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
  const row = await day.db('quotas.rules').where({ id }).whereNot({ state: 'removed' }).first()
  const rule: OracleRule = { id, condition: row, mode: row.mode, limit: row.limit }
  oracle.rules.set(id, rule)
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
    `one by one, with edits of contacts, rules and qualifications, dispatch does what plain code does (seed ${seed})`,
    async t => {
      const chance = random(seed)
      const day = await floor(t)
      const contacts = 150
      await day.contacts(Array.from({ length: contacts }, () => someContact(chance)))
      const oracle = new Oracle()
      await learn(day, oracle)
      for (let i = 0; i < 6; i++) await addRule(day, oracle, someRule(chance, contacts))
      const agents = await day.agents(8)
      const held = new Map<number, { handoutId: number; contact: OracleContact }>()
      const differences: string[] = []
      const idle = new Set<number>()
      let handouts = 0
      for (let step = 0; step < 420 && differences.length === 0; step++) {
        const index = Math.floor(chance() * agents.length)
        const { send } = agents[index]!
        const mine = held.get(index)
        const draw = chance()
        if (draw < 0.04) await addRule(day, oracle, someRule(chance, contacts))
        else if (draw < 0.07 && oracle.rules.size > 0) {
          const ids = [...oracle.rules.keys()]
          const rule = oracle.rules.get(ids[Math.floor(chance() * ids.length)]!)!
          if (chance() < 0.4) {
            await day.admin('DELETE', `/api/quotas/rules/${rule.id}`)
            oracle.rules.delete(rule.id)
          } else {
            rule.limit = 1 + Math.floor(chance() * contacts * 0.2)
            await day.admin('PATCH', `/api/quotas/rules/${rule.id}`, { limit: rule.limit })
          }
        } else if (draw < 0.16) {
          const all = [...oracle.contacts.values()]
          const contact = mine && chance() < 0.6 ? mine.contact : all[Math.floor(chance() * all.length)]!
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
          oracle.edit(contact, {
            postal_code: postalCode,
            city,
            custom_fields: body.contact.customFields
          })
          const told = body.quotaFull.length > 0
          if (
            told !== (contact.status === 'held over' || contact.status === 'over') &&
            contact.status !== 'closed'
          )
            differences.push(`step ${step}: contact ${contact.id} is ${contact.status}, told ${told}`)
        } else if (mine) {
          const outcome = chance() < 0.5 ? 'positive' : chance() < 0.5 ? 'ready' : 'closed'
          const over = oracle.settle(mine.contact, outcome)
          held.delete(index)
          if (outcome === 'ready') await send('DELETE', `/api/handouts/${mine.handoutId}`)
          else {
            const disposition = outcome === 'positive' ? day.dispositions.sale : day.dispositions.refusal
            const told = await finish(send, mine.handoutId, disposition)
            if (told !== over) differences.push(`step ${step}: over quota ${told}, oracle ${over}`)
          }
        } else {
          const expected = oracle.first()
          const { handout } = await ask(send, day.campaignId)
          if ((handout?.contact.id ?? null) !== (expected?.id ?? null)) {
            differences.push(`step ${step}: got ${handout?.contact.id}, oracle ${expected?.id}`)
          } else if (handout && expected) {
            oracle.grant(expected)
            held.set(index, { handoutId: handout.id, contact: expected })
            handouts++
          } else idle.add(step)
        }
        if (step % 20 === 0) differences.push(...(await compareCounters(day, oracle)))
      }
      differences.push(...(await compareCounters(day, oracle)))
      t.same(differences, [])
      t.ok(handouts > 40, `${handouts} hand-outs were compared, ${idle.size} times there was nothing`)
    }
  )
}

t.test(
  'two hundred agents at once, with retries, callbacks and rules that change: no contact twice, never above a limit, and nothing eligible is left',
  async t => {
    const chance = random(11)
    const day = await floor(t)
    const contacts = 900
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
    let above = 0
    let working = true
    const watch = async (): Promise<void> => {
      while (working) {
        const { rows } = await day.db.raw(
          'select count(*)::int as n from quotas.rules where state <> ? and completed + reserved > "limit"',
          ['removed']
        )
        above += rows[0].n
      }
    }
    const edit = async (): Promise<void> => {
      const late = { field: 'custom_fields.tard', operator: 'equals', value: 'oui', mode: 'strict' }
      const made = [await day.begin({ ...late, limit: 40 }), await day.begin({ ...late, limit: 25 })]
      const [raised, removed] = [...oracle.rules.values()]
      await day.admin('PATCH', `/api/quotas/rules/${raised!.id}`, { limit: raised!.limit + 10 })
      await day.admin('DELETE', `/api/quotas/rules/${removed!.id}`)
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
          await finish(send, handout.id, draw < 0.6 ? day.dispositions.sale : day.dispositions.refusal)
        }
      }
    }
    const watching = watch()
    await Promise.all([edit(), ...agents.map(({ send }, i) => work(send, random(100 + i)))])
    // The hour passes; places that were reserved while the others asked may be free again.
    const callbacks = await day.db('core.callbacks').where({ done_at: null }).update({ due_at: new Date() })
    again = 300
    await work(agents[0]!.send, random(99))
    working = false
    await watching
    t.same(twice, [])
    t.equal(above, 0, 'completed + reserved was never above a limit')
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
  }
)
