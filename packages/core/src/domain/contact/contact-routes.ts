import { randomInt } from 'node:crypto'
import { type Static, Type } from 'typebox'
import type { Kernel } from '../../kernel/kernel.ts'
import type { PluginScope } from '../../kernel/plugin.ts'
import { IfMatch, readIfMatch } from '../../kernel/revision.ts'
import { checkCampaign } from '../campaign/campaign-scope.ts'
import { ContactCard, contactCardSql } from '../dispatch/handout-view.ts'
import { Reason } from '../dispatch/reasons.ts'
import { explainContact } from '../dispatch/why.ts'
import { HandoutEndedError, HandoutNotFoundError } from '../errors.ts'
import { editContact } from './contact-edit.ts'
import { addContacts } from './contacts.ts'
import { shuffleContacts } from './shuffle.ts'

const Text = (maxLength: number) => Type.Optional(Type.Union([Type.String({ maxLength }), Type.Null()]))

const NewContact = Type.Object({
  externalId: Text(100),
  firstName: Text(100),
  lastName: Text(100),
  company: Text(200),
  phones: Type.Array(Type.String({ minLength: 3, maxLength: 30 }), { minItems: 1, maxItems: 10 }),
  email: Text(200),
  address: Text(400),
  postalCode: Text(20),
  city: Text(100),
  country: Type.Optional(Type.Union([Type.String({ pattern: '^[A-Z]{2}$' }), Type.Null()])),
  language: Text(20),
  timeZone: Text(60),
  customFields: Type.Optional(Type.Record(Type.String(), Type.Unknown())),
  priority: Type.Optional(Type.Integer({ minimum: 0, maximum: 100 }))
})

const Id = Type.Object({ id: Type.Integer({ minimum: 1 }) })
const ContactParams = Type.Object({
  id: Type.Integer({ minimum: 1 }),
  contactId: Type.Integer({ minimum: 1 })
})

const ContactChanges = Type.Object(Type.Partial(Type.Omit(NewContact, ['priority'])).properties, {
  minProperties: 1
})

const EditedContact = Type.Object(
  {
    contact: ContactCard,
    quotaFull: Type.Array(Reason, {
      description:
        'Limits that are reached: the change is kept, but a positive qualification will count nowhere'
    }),
    overQuotaDispositionId: Type.Union([Type.Integer(), Type.Null()], {
      description: "What a call may be qualified with when quotaFull is not empty: the system's 'over_quota'"
    })
  },
  { $id: 'Core.EditedContact' }
)
const overQuotaDisposition = 1

/** Contacts of a campaign: one table for all campaigns, an import only adds rows. */
export function registerContactRoutes(scope: PluginScope, kernel: Kernel): void {
  const { db } = kernel

  scope.post(
    '/campaigns/:id/contacts',
    {
      config: { permission: 'contacts:write' },
      bodyLimit: 20 * 1024 * 1024,
      schema: {
        operationId: 'addContacts',
        summary: 'Add contacts, at most 10,000 at a time; bad rows come back by index and the others go in',
        params: Id,
        body: Type.Object({ contacts: Type.Array(NewContact, { minItems: 1, maxItems: 10_000 }) }),
        response: {
          200: Type.Object({
            accepted: Type.Integer(),
            duplicates: Type.Integer(),
            rejected: Type.Array(
              Type.Object({ index: Type.Integer(), field: Type.String(), reason: Type.String() })
            )
          })
        }
      }
    },
    async ({ actor, params, body }) => {
      checkCampaign(actor, params.id)
      return addContacts(kernel, params.id, body.contacts)
    }
  )

  scope.get(
    '/campaigns/:id/contacts',
    {
      config: { permission: 'contacts:read' },
      schema: {
        operationId: 'listContacts',
        summary: 'Contacts of a campaign, by id',
        params: Id,
        querystring: Type.Object({
          after: Type.Integer({ minimum: 0, default: 0 }),
          limit: Type.Integer({ minimum: 1, maximum: 500, default: 50 })
        }),
        response: {
          200: Type.Object({
            items: Type.Array(ContactCard),
            next: Type.Union([Type.Integer(), Type.Null()])
          })
        }
      }
    },
    async ({ actor, params, query }) => {
      checkCampaign(actor, params.id)
      const { rows } = await db.raw(
        `select ${contactCardSql} as card from core.contacts k where k.campaign_id = ? and k.id > ? order by k.id limit ?`,
        [params.id, query.after, query.limit + 1]
      )
      const items = rows.slice(0, query.limit).map((row: { card: unknown }) => row.card)
      return { items, next: rows.length > query.limit ? items.at(-1).id : null }
    }
  )

  const edited = async (key: ContactKey, changes: Static<typeof ContactChanges>, revision?: number) => {
    const { quotaFull } = await editContact(kernel, key, changes, revision)
    const { rows } = await db.raw(
      `select ${contactCardSql} as card from core.contacts k where k.campaign_id = ? and k.id = ?`,
      [key.campaignId, key.contactId]
    )
    const overQuotaDispositionId = quotaFull.length > 0 ? overQuotaDisposition : null
    return { contact: rows[0].card, quotaFull: [...quotaFull], overQuotaDispositionId }
  }

  scope.patch(
    '/campaigns/:id/contacts/:contactId',
    {
      config: { permission: 'contacts:write' },
      schema: {
        operationId: 'updateContact',
        summary: 'Change a contact, also during a call; keys of customFields are merged, null takes one away',
        params: ContactParams,
        headers: IfMatch,
        body: ContactChanges,
        response: { 200: EditedContact }
      }
    },
    async ({ actor, params, body, headers }) => {
      checkCampaign(actor, params.id)
      const key = { campaignId: params.id, contactId: params.contactId }
      return edited(key, body, readIfMatch(headers['if-match']))
    }
  )

  scope.patch(
    '/handouts/:id/contact',
    {
      config: { permission: 'agent:work' },
      schema: {
        operationId: 'updateHandoutContact',
        summary: 'What the agent learns during the call: changes the contact in his hands',
        params: Id,
        body: ContactChanges,
        response: { 200: EditedContact }
      }
    },
    async ({ actor, params, body }) => {
      const handout = await db('core.handouts')
        .where({ id: params.id, agent_id: actor.id })
        .first<{ campaign_id: number; contact_id: number; ended_at: Date | null } | undefined>(
          'campaign_id',
          'contact_id',
          'ended_at'
        )
      if (!handout) throw new HandoutNotFoundError(params.id)
      if (handout.ended_at) throw new HandoutEndedError(params.id)
      return edited({ campaignId: handout.campaign_id, contactId: handout.contact_id }, body)
    }
  )

  scope.get(
    '/campaigns/:id/contacts/:contactId/dispatch',
    {
      config: { permission: 'contacts:read' },
      schema: {
        operationId: 'explainContact',
        summary: 'Why this contact was handed out, and why it is not dialable now',
        params: ContactParams,
        response: {
          200: Type.Object({
            dialable: Type.Boolean(),
            reasons: Type.Array(Reason),
            handedOut: Type.Union([
              Type.Object({ handoutId: Type.Integer(), open: Type.Boolean(), why: Type.String() }),
              Type.Null()
            ]),
            attempts: Type.Integer()
          })
        }
      }
    },
    async ({ actor, params }) => {
      checkCampaign(actor, params.id)
      const { reasons, ...rest } = await explainContact(kernel, params.id, params.contactId)
      return { ...rest, reasons: [...reasons] }
    }
  )

  scope.post(
    '/campaigns/:id/shuffle',
    {
      config: { permission: 'campaigns:write' },
      schema: {
        operationId: 'shuffleContacts',
        summary: 'Call the contacts in a random order from now on, also those that are added later',
        params: Id,
        body: Type.Object({
          seed: Type.Optional(Type.Integer({ description: 'The same seed gives the same order' }))
        }),
        response: { 200: Type.Object({ seed: Type.Integer(), contacts: Type.Integer() }) }
      }
    },
    async ({ actor, params, body }) => {
      checkCampaign(actor, params.id)
      const seed = body.seed ?? randomInt(2 ** 47)
      return { seed, contacts: await shuffleContacts(db, params.id, seed) }
    }
  )
}

interface ContactKey {
  readonly campaignId: number
  readonly contactId: number
}
