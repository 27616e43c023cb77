import type { ClassifiableContact } from '@evscallpro/core'
import type { Knex } from 'knex'
import { type SqlFragment, sqlPredicate } from './matching/index.ts'
import type { QuotaGate } from './quota-gate.ts'
import { conditionOf, type RuleRow } from './rule.ts'

/** Contacts read at once, and moved at once: the lock is held 0.1 to 0.2 ms for each that moves. */
const readAtOnce = 1_000
const movedAtOnce = 100
/** Up to so many new rules the database looks for their contacts; for more of them every contact is read. */
const filteredRules = 5

interface Row extends ClassifiableContact {
  readonly id: number
  readonly revision: number
  readonly marks: number[]
}

interface Pass {
  readonly classification: number
  readonly pass_after: number
  /** Marks of rules that are held: only contacts that count already are looked at. */
  readonly held: readonly number[]
}

/**
 * Takes one page of a campaign's contacts through the rules as they are now, in one short transaction. The campaign goes
 * on meanwhile; which counters a contact feeds changes with its move, so they are exact at every moment.
 * @returns `more`; `busy` when another process is at it; or the rules that have now seen every contact.
 */
export async function passPage(
  db: Knex,
  gate: QuotaGate,
  campaignId: number
): Promise<'more' | 'busy' | number[]> {
  return db.transaction(async trx => {
    // What follows looks rows up by their keys in the order of their ids, however the planner would guess.
    const { rows: held } = await trx.raw(
      `select pg_try_advisory_xact_lock(hashtext('quotas.pass'), ?) as held, set_config('enable_seqscan', 'off', true),
              set_config('enable_bitmapscan', 'off', true), set_config('enable_hashjoin', 'off', true),
              set_config('enable_mergejoin', 'off', true), set_config('jit', 'off', true)`,
      [campaignId]
    )
    if (!held[0].held) return 'busy'
    // In one statement: a rule that is added between two of them would be taken for counted already.
    const pass: Pass | undefined = await trx('quotas.campaigns as p')
      .join('core.campaign_dispatch as d', 'd.campaign_id', 'p.campaign_id')
      .where({ 'p.campaign_id': campaignId })
      .whereNotNull('p.pass_after')
      .first('p.pass_after', 'p.held', 'd.classification')
    if (!pass) return []
    const { classification } = pass
    const building: RuleRow[] = await trx('quotas.rules').where({
      campaign_id: campaignId,
      state: 'building'
    })
    const own: number[] = await trx('quotas.rules').where({ campaign_id: campaignId }).pluck('mark')
    const filters =
      building.length > filteredRules ? [] : building.map(rule => sqlPredicate(conditionOf(rule), 'c'))
    // Nearly all that meet a new rule are moved, few of those who are read for other reasons.
    const most = filters.length > 0 ? movedAtOnce : readAtOnce
    const contacts = await readPage(trx, campaignId, pass, filters, most)
    const page = await classifyPage(gate, campaignId, classification, contacts, new Set(own))
    const moving = page.changed.slice(0, movedAtOnce)
    const skipped = await reassign(trx, campaignId, classification, moving)
    if (skipped === null) return 'more' // rules changed under us: the same page again, by the new ones
    const complete = contacts.length < most && moving.length === page.changed.length
    if (complete && skipped.length === 0)
      return pass.held.length > 0 ? release(trx, campaignId) : finish(trx, campaignId)
    const last =
      moving.length < page.changed.length ? moving.at(-1)!.id : (contacts.at(-1)?.id ?? pass.pass_after)
    const after = skipped.length > 0 ? Math.min(...skipped) - 1 : last
    await trx('quotas.campaigns').where({ campaign_id: campaignId }).update({ pass_after: after })
    await trx.raw('select core.dispatch_wake(?)', [campaignId])
    return 'more'
  })
}

async function readPage(
  trx: Knex.Transaction,
  campaignId: number,
  { pass_after, held }: Pass,
  filters: readonly SqlFragment[],
  most: number
): Promise<Row[]> {
  const matching = filters.length > 0 ? `and (${filters.map(({ sql }) => sql).join(' or ')})` : ''
  const counting = held.length > 0 ? 'and c.status in (1, 2, 5, 6)' : ''
  const { rows } = await trx.raw<{ rows: Row[] }>(
    `select c.id, c.revision, c.external_id, c.first_name, c.last_name, c.company, c.phones, c.email, c.address,
            c.postal_code, c.city, c.country, c.language, c.time_zone, c.custom_fields, s.marks
       from (select c.* from core.contacts c
              where c.campaign_id = ? and c.id > ? ${counting} ${matching} order by c.campaign_id, c.id limit ?) c
       join core.segments s on s.campaign_id = c.campaign_id and s.id = c.segment_id order by c.id`,
    [campaignId, pass_after, ...filters.flatMap(({ bindings }) => bindings as (string | number)[]), most]
  )
  return rows
}

interface Change {
  readonly id: number
  readonly revision: number
  readonly marks: string
}

/** Contacts whose marks are others by now; marks that are not quotas' stay. */
async function classifyPage(
  gate: QuotaGate,
  campaignId: number,
  classification: number,
  contacts: readonly Row[],
  own: ReadonlySet<number>
): Promise<{ changed: Change[] }> {
  const marks = await gate.classify(campaignId, classification, contacts)
  const changed = contacts.flatMap(({ id, revision, marks: before }, i) => {
    const others = before.filter(mark => !own.has(mark))
    const after = [...others, ...marks[i]!].sort((a, b) => a - b).join(',')
    return after === before.join(',') ? [] : [{ id, revision, marks: after }]
  })
  return { changed }
}

async function reassign(
  trx: Knex.Transaction,
  campaignId: number,
  classification: number,
  changes: readonly Change[]
): Promise<number[] | null> {
  const { rows } = await trx.raw<{ rows: { skipped: number[] | null }[] }>(
    'select core.dispatch_reassign(?, ?, ?, ?, ?) as skipped',
    [
      campaignId,
      classification,
      changes.map(({ id }) => id),
      changes.map(({ revision }) => revision),
      changes.map(({ marks }) => marks)
    ]
  )
  return rows[0]!.skipped
}

/** What counts already has been counted: the rules' contacts may be handed out, and the others are looked at. */
async function release(trx: Knex.Transaction, campaignId: number): Promise<'more'> {
  await trx('quotas.campaigns').where({ campaign_id: campaignId }).update({ pass_after: 0, held: [] })
  await trx('quotas.rules').where({ campaign_id: campaignId, held: true }).update({ held: false })
  await trx.raw('select core.dispatch_wake(?)', [campaignId])
  return 'more'
}

async function finish(trx: Knex.Transaction, campaignId: number): Promise<number[]> {
  await trx('quotas.campaigns').where({ campaign_id: campaignId }).update({ pass_after: null })
  const active: { id: number }[] = await trx('quotas.rules')
    .where({ campaign_id: campaignId, state: 'building' })
    .update({ state: 'active', revision: trx.raw("nextval('quotas.revision_seq')") })
    .returning('id')
  await trx.raw('select core.dispatch_wake(?)', [campaignId])
  return active.map(({ id }) => id)
}
