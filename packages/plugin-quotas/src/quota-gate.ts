import type { ClassifiableContact, DispatchGate, Obstacle } from '@evscallpro/core'
import type { Knex } from 'knex'
import { compileRules, type Matcher } from './matching/index.ts'
import { conditionOf, nameOf, type RuleRow } from './rule.ts'

interface Compiled {
  readonly classification: number
  readonly match: Matcher
}

/** Contacts that meet the same rules are dispatched alike; the mark of a rule is on every contact that meets it. */
export class QuotaGate implements DispatchGate {
  readonly name = 'quotas'
  readonly functions = {
    room: 'quotas.room',
    tally: 'quotas.tally',
    excluded: 'quotas.excluded',
    classified: 'quotas.classified'
  }
  readonly #db: Knex
  readonly #compiled = new Map<number, Compiled>()

  constructor(db: Knex) {
    this.#db = db
  }

  async classify(
    campaignId: number,
    classification: number,
    contacts: readonly ClassifiableContact[]
  ): Promise<readonly (readonly number[])[]> {
    const match = await this.#matcher(campaignId, classification)
    return contacts.map(match)
  }

  async explain(campaignId: number, marks: readonly number[]): Promise<readonly Obstacle[]> {
    const { rows } = await this.#db.raw<{ rows: (RuleRow & { full: boolean })[] }>(
      `select r.*, quotas.is_full(r) as full from quotas.rules r
        where r.campaign_id = ? and r.mark = any(?)
          and (quotas.is_full(r) or r.held and r.mode = 'strict' and r.state = 'building') order by r.id`,
      [campaignId, [...marks]]
    )
    return rows.map(rule => ({
      mark: rule.mark,
      code: rule.full ? 'quota_full' : 'quota_building',
      detail: rule.full
        ? `Quota '${nameOf(rule)}' is full: ${standing(rule)}`
        : `Quota '${nameOf(rule)}' is new: what counts towards it already is being counted`,
      ref: rule.id,
      name: nameOf(rule)
    }))
  }

  /** Rules are read again only when the campaign's classification has moved on. */
  async #matcher(campaignId: number, classification: number): Promise<Matcher> {
    const known = this.#compiled.get(campaignId)
    if (known?.classification === classification) return known.match
    const rules: RuleRow[] = await this.#db('quotas.rules')
      .where({ campaign_id: campaignId })
      .whereNot({ state: 'removed' })
    const match = compileRules(rules.map(rule => ({ ...conditionOf(rule), id: rule.mark })))
    this.#compiled.set(campaignId, { classification, match })
    return match
  }
}

function standing({ completed, reserved, limit, mode }: RuleRow): string {
  const calls = mode === 'strict' && reserved > 0 ? ` and ${reserved} under way` : ''
  return `${completed} of ${limit} reached${calls}`
}
