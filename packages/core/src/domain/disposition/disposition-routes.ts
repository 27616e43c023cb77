import { type Static, Type } from 'typebox'
import type { Kernel } from '../../kernel/kernel.ts'
import type { PluginScope } from '../../kernel/plugin.ts'
import { invalidField } from '../../kernel/problem.ts'
import { checkCampaign } from '../campaign/campaign-scope.ts'
import { duplicateField, UnknownReferenceError } from '../errors.ts'

const flags = {
  positive: Type.Boolean({ default: false, description: 'Counts as a success' }),
  retryAfterMinutes: Type.Union([Type.Integer({ minimum: 0, maximum: 525_600 }), Type.Null()], {
    default: null,
    description: 'Minutes until the contact may be called again; null closes it'
  }),
  maxAttempts: Type.Union([Type.Integer({ minimum: 1, maximum: 1000 }), Type.Null()], {
    default: null,
    description: 'After so many attempts the contact is closed instead of retried; null: no limit'
  }),
  nextNumber: Type.Boolean({ default: false, description: "The retry goes to the contact's next number" }),
  callback: Type.Boolean({ default: false, description: 'Asks the agent for a date' }),
  stop: Type.Boolean({ default: false, description: 'The person asked not to be called again' })
}

const NewDisposition = Type.Object({
  code: Type.String({ pattern: '^[a-z][a-z0-9_]{0,39}$' }),
  labelFr: Type.String({ minLength: 1, maxLength: 80 }),
  labelEn: Type.String({ minLength: 1, maxLength: 80 }),
  ...flags
})

const Disposition = Type.Object(
  {
    id: Type.Integer(),
    setId: Type.Union([Type.Integer(), Type.Null()]),
    code: Type.String(),
    labelFr: Type.String(),
    labelEn: Type.String(),
    positive: Type.Boolean(),
    retryAfterMinutes: Type.Union([Type.Integer(), Type.Null()]),
    maxAttempts: Type.Union([Type.Integer(), Type.Null()]),
    nextNumber: Type.Boolean(),
    callback: Type.Boolean(),
    stop: Type.Boolean(),
    active: Type.Boolean()
  },
  { $id: 'Core.Disposition' }
)

const columns = {
  id: 'id',
  setId: 'set_id',
  code: 'code',
  labelFr: 'label_fr',
  labelEn: 'label_en',
  positive: 'positive',
  retryAfterMinutes: 'retry_after_minutes',
  maxAttempts: 'max_attempts',
  nextNumber: 'next_number',
  callback: 'callback',
  stop: 'stop',
  active: 'active'
}

const DispositionSet = Type.Object(
  { id: Type.Integer(), name: Type.String() },
  { $id: 'Core.DispositionSet' }
)
const Id = Type.Object({ id: Type.Integer({ minimum: 1 }) })

/** Outcomes that agents choose, in sets that campaigns use. */
export function registerDispositionRoutes(scope: PluginScope, { db }: Kernel): void {
  const write = { permission: 'campaigns:write' }

  scope.post(
    '/disposition-sets',
    {
      config: write,
      schema: {
        operationId: 'createDispositionSet',
        summary: 'Create a set of dispositions',
        body: Type.Object({ name: Type.String({ minLength: 1, maxLength: 80 }) }),
        response: { 201: DispositionSet }
      }
    },
    async ({ body }, reply) => {
      const [row] = await db('core.disposition_sets')
        .insert(body)
        .onConflict('name')
        .ignore()
        .returning(['id', 'name'])
      if (!row) throw duplicateField('name', 'A disposition set of this name exists already.')
      return reply.code(201).send(row)
    }
  )

  scope.get(
    '/disposition-sets',
    {
      config: { permission: 'campaigns:read' },
      schema: {
        operationId: 'listDispositionSets',
        summary: 'All sets of dispositions',
        response: { 200: Type.Object({ items: Type.Array(DispositionSet) }) }
      }
    },
    async () => ({ items: await db('core.disposition_sets').orderBy('id').select('id', 'name') })
  )

  scope.post(
    '/disposition-sets/:id/dispositions',
    {
      config: write,
      schema: {
        operationId: 'createDisposition',
        summary: 'Add a disposition to a set',
        params: Id,
        body: NewDisposition,
        response: { 201: Disposition }
      }
    },
    async ({ params, body }, reply) => {
      checkFlags(body)
      const set = await db('core.disposition_sets').where({ id: params.id }).first('id')
      if (!set) throw new UnknownReferenceError('Disposition set', params.id)
      const [row] = await db('core.dispositions')
        .insert({
          set_id: params.id,
          code: body.code,
          label_fr: body.labelFr,
          label_en: body.labelEn,
          positive: body.positive,
          retry_after_minutes: body.retryAfterMinutes,
          max_attempts: body.maxAttempts,
          next_number: body.nextNumber,
          callback: body.callback,
          stop: body.stop
        })
        .onConflict(['set_id', 'code'])
        .ignore()
        .returning('id')
      if (!row) throw duplicateField('code', 'This set has a disposition of this code already.')
      return reply.code(201).send(await db('core.dispositions').where({ id: row.id }).first(columns))
    }
  )

  scope.get(
    '/campaigns/:id/dispositions',
    {
      config: { permission: 'campaigns:read' },
      schema: {
        operationId: 'listDispositions',
        summary: 'What an agent of this campaign may choose from',
        params: Id,
        response: { 200: Type.Object({ items: Type.Array(Disposition) }) }
      }
    },
    async ({ actor, params }) => {
      checkCampaign(actor, params.id)
      const items = await db('core.dispositions as d')
        .join('core.campaigns as c', 'c.disposition_set_id', 'd.set_id')
        .where({ 'c.id': params.id, 'd.active': true })
        .orderBy(['d.rank', 'd.id'])
        .select(Object.fromEntries(Object.entries(columns).map(([name, column]) => [name, `d.${column}`])))
      return { items }
    }
  )
}

/** Flags that contradict each other, named by field. */
function checkFlags(body: Static<typeof NewDisposition>): void {
  const { positive, retryAfterMinutes, maxAttempts, nextNumber, callback, stop } = body
  const ends = positive ? 'positive' : stop ? 'stop' : null
  if (positive && stop) throw invalidField('stop', 'contradicts positive: leave one of them out')
  if (ends && callback) throw invalidField('callback', `contradicts ${ends}: leave one of them out`)
  if (ends && retryAfterMinutes !== null)
    throw invalidField('retryAfterMinutes', `contradicts ${ends}: leave one of them out`)
  if (retryAfterMinutes === null && maxAttempts !== null)
    throw invalidField('maxAttempts', 'needs retryAfterMinutes: without it nothing is retried')
  if (retryAfterMinutes === null && nextNumber)
    throw invalidField('nextNumber', 'needs retryAfterMinutes: without it nothing is retried')
}
