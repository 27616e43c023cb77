import { InvalidFieldError, type Issue, invalidField, type Kernel } from '@evscallpro/core'
import type { Knex } from 'knex'
import { CampaignUnknownError, RuleNotFoundError } from './errors.ts'
import { ruleChanged } from './events.ts'
import { type FieldTypes, parseRule, type Rule } from './matching/index.ts'
import type { RuleRow } from './rule.ts'

export interface RuleInput {
  readonly label?: string | null
  readonly field?: unknown
  readonly operator?: unknown
  readonly value?: unknown
  readonly limit?: unknown
  readonly mode?: 'strict' | 'soft'
}

/** Types of custom fields that are not text. Definitions of custom fields come with the script editor; until then: none. */
const fieldTypes: FieldTypes = new Map()

/** PostgreSQL takes 65,535 bindings in a statement. */
const rowsAtOnce = 2_000

/** Makes, changes and removes rules. No edit carries counters: they follow from the contacts alone. */
export class RuleBook {
  readonly #kernel: Pick<Kernel, 'db' | 'events'>
  readonly #kick: () => void

  /** `kick` is told that contacts are to be classified anew. */
  constructor(kernel: Pick<Kernel, 'db' | 'events'>, kick: () => void) {
    this.#kernel = kernel
    this.#kick = kick
  }

  /**
   * Adds rules to a campaign, running or not. Contacts are counted and held back page by page in the background: the
   * rule is `active` when it has seen them all. Throws CORE_INVALID_FIELD that names the fields of every bad rule.
   */
  async add(campaignId: number, inputs: readonly RuleInput[]): Promise<number[]> {
    const parsed = readAll(inputs)
    const ids = await this.#kernel.db.transaction(async trx => {
      await lock(trx, campaignId)
      const rows = parsed.map((rule, i) => toRow(campaignId, rule, inputs[i]!))
      const made: { id: number }[] = []
      for (let from = 0; from < rows.length; from += rowsAtOnce) {
        made.push(
          ...(await trx('quotas.rules')
            .insert(rows.slice(from, from + rowsAtOnce))
            .returning('id'))
        )
      }
      await startPass(trx, campaignId)
      return made.map(({ id }) => id)
    })
    await this.#kernel.db.raw("select core.dispatch_analyze('quotas.rules')")
    for (const id of ids) await this.#tell(campaignId, id, 'building')
    this.#kick()
    return ids
  }

  /**
   * Changes a rule: what the input names, and nothing else, so that two edits at once both hold. A new limit, mode or
   * label holds at once; a new condition is a new count, page by page.
   */
  async change(id: number, input: RuleInput): Promise<void> {
    const { campaign_id: campaignId } = await this.find(id)
    const state = await this.#kernel.db.transaction(async trx => {
      await lock(trx, campaignId)
      const where = { campaign_id: campaignId, id }
      const current = await findIn(trx, where)
      const next = readOne({
        field: input.field ?? current.field,
        operator: input.operator ?? current.operator,
        value: 'value' in input ? input.value : typedValue(current),
        limit: input.limit ?? current.limit
      })
      const settings = {
        limit: next.limit,
        mode: input.mode ?? current.mode,
        label: input.label === undefined ? current.label : input.label
      }
      const revision = trx.raw("nextval('quotas.revision_seq')")
      if (asks(next) === asks(current)) {
        await trx('quotas.rules')
          .where(where)
          .update({ ...settings, revision })
        await trx.raw('select quotas.open_close(?, ?)', [campaignId, [current.mark]])
        return current.state
      }
      await retire(trx, current)
      // Its number stays, so that screens keep it; the mark is new, and so is the count.
      await trx('quotas.rules')
        .where(where)
        .update({ id: trx.raw("nextval(pg_get_serial_sequence('quotas.rules', 'id'))") })
      await trx('quotas.rules').insert({ ...toRow(campaignId, next, settings), id })
      await startPass(trx, campaignId)
      return 'building'
    })
    await this.#tell(campaignId, id, state)
    this.#kick()
  }

  /** Removes a rule: what it alone held back may be handed out again. */
  async remove(id: number): Promise<void> {
    const { campaign_id: campaignId } = await this.find(id)
    await this.#kernel.db.transaction(async trx => {
      await lock(trx, campaignId)
      await retire(trx, await findIn(trx, { campaign_id: campaignId, id }))
    })
    await this.#tell(campaignId, id, 'removed')
    this.#kick()
  }

  /** The rule as it is now. Throws QUOTAS_RULE_NOT_FOUND. */
  async find(id: number): Promise<RuleRow> {
    return findIn(this.#kernel.db, { id })
  }

  async #tell(campaignId: number, ruleId: number, state: string): Promise<void> {
    await this.#kernel.events.emit(ruleChanged, { campaignId, ruleId, state })
  }
}

/** The campaign's lock, and from now on another classification: whoever has classified by the old rules does it again. */
async function lock(trx: Knex.Transaction, campaignId: number): Promise<void> {
  const campaign =
    campaignId === 0 ? undefined : await trx('core.campaigns').where({ id: campaignId }).first('id')
  if (!campaign) throw new CampaignUnknownError(campaignId)
  await trx.raw('select core.dispatch_changed(?)', [campaignId])
}

async function findIn(db: Knex, where: { id: number; campaign_id?: number }): Promise<RuleRow> {
  const rule: RuleRow | undefined = await db('quotas.rules')
    .where(where)
    .whereNot({ state: 'removed' })
    .first()
  if (!rule) throw new RuleNotFoundError(where.id)
  return rule
}

const asks = ({
  field,
  type,
  operator,
  values
}: Pick<Rule, 'field' | 'type' | 'operator' | 'values'>): string =>
  JSON.stringify([field, type, operator, values])

async function startPass(trx: Knex.Transaction, campaignId: number): Promise<void> {
  await trx.raw(
    `insert into quotas.campaigns as c (campaign_id, pass_after, held)
       select :campaignId, 0, coalesce(array_agg(mark), '{}') from quotas.rules
        where campaign_id = :campaignId and state = 'building' and held
     on conflict (campaign_id) do update set pass_after = 0, held = excluded.held`,
    { campaignId }
  )
}

async function retire(trx: Knex.Transaction, rule: RuleRow): Promise<void> {
  await trx('quotas.rules')
    .where({ campaign_id: rule.campaign_id, id: rule.id })
    .update({ state: 'removed', revision: trx.raw("nextval('quotas.revision_seq')") })
  await trx.raw('select quotas.open_close(?, ?)', [rule.campaign_id, [rule.mark]])
}

const toRow = (campaignId: number, rule: Rule, { label = null, mode = 'strict' }: RuleInput) => ({
  campaign_id: campaignId,
  label,
  field: rule.field,
  type: rule.type,
  operator: rule.operator,
  values: JSON.stringify(rule.values),
  mode,
  limit: rule.limit
})

/** What was typed, from what is stored. */
function typedValue({ operator, values }: RuleRow): unknown {
  if (operator === 'is_set') return null
  return operator === 'in' || operator === 'between' ? [...values] : values[0]
}

function readOne(input: unknown): Rule {
  const result = parseRule(input, fieldTypes)
  if ('rule' in result) return result.rule
  if (result.issues.length === 1) throw invalidField(result.issues[0]!.field, result.issues[0]!.detail)
  throw refuse(
    result.issues.map(({ field, detail }) => ({
      in: 'body',
      pointer: `/${field}`,
      detail: `${field} ${detail}`
    }))
  )
}

function readAll(inputs: readonly RuleInput[]): Rule[] {
  if (inputs.length === 1) return [readOne(inputs[0])]
  const issues: Issue[] = []
  const rules = inputs.flatMap((input, i) => {
    const result = parseRule(input, fieldTypes)
    if ('rule' in result) return [result.rule]
    for (const { field, detail } of result.issues)
      issues.push({ in: 'body', pointer: `/rules/${i}/${field}`, detail: `rule ${i}: ${field} ${detail}` })
    return []
  })
  if (issues.length > 0) throw refuse(issues.slice(0, 100))
  return rules
}

const refuse = (issues: Issue[]): Error =>
  Object.assign(new InvalidFieldError(issues.map(({ detail }) => detail).join('; ')), { issues })
