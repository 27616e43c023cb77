import { Type } from 'typebox'
import type { Kernel } from '../../kernel/kernel.ts'
import type { PluginScope } from '../../kernel/plugin.ts'
import { ContactCard, contactCardSql } from '../dispatch/handout-view.ts'
import { addContacts } from './contacts.ts'

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
    async ({ params, body }) => addContacts(kernel, params.id, body.contacts)
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
    async ({ params, query }) => {
      const { rows } = await db.raw(
        `select ${contactCardSql} as card from core.contacts k where k.campaign_id = ? and k.id > ? order by k.id limit ?`,
        [params.id, query.after, query.limit + 1]
      )
      const items = rows.slice(0, query.limit).map((row: { card: unknown }) => row.card)
      return { items, next: rows.length > query.limit ? items.at(-1).id : null }
    }
  )
}
