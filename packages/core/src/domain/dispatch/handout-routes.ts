import { Type } from 'typebox'
import type { PluginScope } from '../../kernel/plugin.ts'
import type { Calls } from '../call/calls.ts'
import type { HandoutView } from './handout-view.ts'
import { Handout } from './handout-view.ts'
import type { Handouts } from './handouts.ts'

const Id = Type.Object({ id: Type.Integer({ minimum: 1 }) })

const Qualification = Type.Object(
  {
    dispositionId: Type.Integer({ minimum: 1 }),
    note: Type.Optional(Type.Union([Type.String({ maxLength: 4000 }), Type.Null()])),
    callbackAt: Type.Optional(Type.Union([Type.String({ format: 'date-time' }), Type.Null()]))
  },
  { $id: 'Core.Qualification' }
)

/** The agent's work: ask for a contact, call, qualify, finalise. */
export function registerHandoutRoutes(
  scope: PluginScope,
  handouts: Handouts,
  view: HandoutView,
  calls: Calls
): void {
  const work = { permission: 'agent:work' }

  scope.post(
    '/handouts',
    {
      config: work,
      schema: {
        operationId: 'requestNextContact',
        summary: 'Ask for the next contact of a campaign; in dial mode direct the call starts at once',
        body: Type.Object({
          campaignId: Type.Integer({ minimum: 1 }),
          contactId: Type.Optional(
            Type.Integer({ minimum: 1, description: 'Only in dial mode manual: this contact and no other' })
          )
        }),
        response: {
          200: Type.Object({
            handout: Type.Union([Handout, Type.Null()], {
              description: 'null: there is nothing to hand out now'
            }),
            nextDueAt: Type.Union([Type.String({ format: 'date-time' }), Type.Null()], {
              description: 'When a scheduled contact falls due; null when nothing is scheduled'
            })
          })
        }
      }
    },
    async ({ actor, body }) => {
      const { handoutId, nextDueAt, fresh, dialMode } = await handouts.next(
        actor.id,
        body.campaignId,
        body.contactId ?? null
      )
      if (handoutId === null)
        return { handout: null, nextDueAt: nextDueAt && new Date(nextDueAt).toISOString() }
      if (fresh && dialMode === 'direct') await calls.dialHandout(actor.id, handoutId, null)
      return { handout: await view.one(handoutId), nextDueAt: null }
    }
  )

  scope.get(
    '/handouts/current',
    {
      config: work,
      schema: {
        operationId: 'getCurrentHandout',
        summary: 'The contact in my hands',
        response: { 200: Type.Object({ handout: Type.Union([Handout, Type.Null()]) }) }
      }
    },
    async ({ actor }) => ({ handout: await view.openOf(actor.id) })
  )

  scope.post(
    '/handouts/:id/calls',
    {
      config: { ...work, idempotent: true },
      schema: {
        operationId: 'dialHandout',
        summary: 'Call the contact in my hands',
        params: Id,
        body: Type.Object({
          number: Type.Optional(Type.String({ maxLength: 20, description: 'E.164, one of the contact' }))
        }),
        response: { 202: Type.Object({ callId: Type.String({ format: 'uuid' }) }) }
      }
    },
    async ({ actor, params, body }, reply) =>
      reply.code(202).send({ callId: await calls.dialHandout(actor.id, params.id, body.number ?? null) })
  )

  scope.put(
    '/handouts/:id/qualification',
    {
      config: work,
      schema: {
        operationId: 'qualifyHandout',
        summary: 'Choose the disposition, during the call or after it',
        params: Id,
        body: Qualification,
        response: { 200: Handout }
      }
    },
    async ({ actor, params, body }) => {
      await handouts.qualify(actor.id, params.id, body)
      return view.one(params.id)
    }
  )

  scope.post(
    '/handouts/:id/finalise',
    {
      config: work,
      schema: {
        operationId: 'finaliseHandout',
        summary: 'Save, hang up both parties and end the work on this contact',
        params: Id,
        body: Type.Object({ qualification: Type.Optional(Qualification) }),
        response: { 200: Type.Object({ result: Type.Enum(['settled', 'hanging_up']) }) }
      }
    },
    async ({ actor, params, body }) => ({
      result: await handouts.finalise(actor.id, params.id, body.qualification ?? null)
    })
  )

  scope.delete(
    '/handouts/:id',
    {
      config: work,
      schema: {
        operationId: 'releaseHandout',
        summary: 'Give the contact back without having called',
        params: Id,
        response: { 204: Type.Null() }
      }
    },
    async ({ actor, params }, reply) => {
      await handouts.release(actor.id, params.id)
      return reply.code(204).send(null)
    }
  )
}
