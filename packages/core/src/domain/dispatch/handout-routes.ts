import { Type } from 'typebox'
import type { Kernel } from '../../kernel/kernel.ts'
import type { PluginScope } from '../../kernel/plugin.ts'
import { invalidField } from '../../kernel/problem.ts'
import { campaignsOf } from '../campaign/campaign-scope.ts'
import type { CoreServices } from '../core-services.ts'
import { correctHandout } from './correction.ts'
import { Handout, type HandoutView } from './handout-view.ts'
import { Reason } from './reasons.ts'

const Id = Type.Object({ id: Type.Integer({ minimum: 1 }) })

const Qualification = Type.Object(
  {
    dispositionId: Type.Integer({ minimum: 1 }),
    note: Type.Optional(Type.Union([Type.String({ maxLength: 4000 }), Type.Null()])),
    callbackAt: Type.Optional(Type.Union([Type.String({ format: 'date-time' }), Type.Null()])),
    callbackPersonal: Type.Optional(
      Type.Boolean({ description: 'The agent calls back himself; default: anybody of the campaign' })
    )
  },
  { $id: 'Core.Qualification' }
)

/** The agent's work: ask for a contact, call, qualify, finalise. */
export function registerHandoutRoutes(
  scope: PluginScope,
  kernel: Kernel,
  view: HandoutView,
  { next, countdowns, handouts, calls, held }: CoreServices
): void {
  const work = { permission: 'agent:work' }

  scope.post(
    '/handouts',
    {
      config: work,
      schema: {
        operationId: 'requestNextContact',
        summary:
          'Ask for the next contact; in dial mode direct the call starts at once, in progressive after a countdown',
        body: Type.Object({
          campaignId: Type.Optional(
            Type.Integer({
              minimum: 1,
              description: 'Without it: the first of my campaigns that has a contact'
            })
          ),
          contactId: Type.Optional(
            Type.Integer({ minimum: 1, description: 'Only in dial mode manual: this contact and no other' })
          ),
          callbackId: Type.Optional(
            Type.Integer({
              minimum: 1,
              description:
                'This open callback of mine or of the team, also before it is due; in every dial mode it is I who starts its call'
            })
          ),
          waitSeconds: Type.Integer({
            minimum: 0,
            maximum: 55,
            default: 0,
            description:
              'When there is nothing: answer as soon as there is something, at the latest after so long'
          })
        }),
        response: {
          200: Type.Object({
            handout: Type.Union([Handout, Type.Null()], {
              description: 'null: there is nothing to hand out now'
            }),
            reasons: Type.Array(Reason, { description: 'Why there is nothing' }),
            askAgainAt: Type.Union([Type.String({ format: 'date-time' }), Type.Null()], {
              description: 'When to ask again at the latest; null: when work is announced'
            }),
            nextDueAt: Type.Union([Type.String({ format: 'date-time' }), Type.Null()], {
              description: 'When a retry or callback falls due; null when nothing is scheduled'
            })
          })
        }
      }
    },
    async ({ actor, body, raw }) => {
      const { campaignId = null, contactId = null, callbackId = null, waitSeconds } = body
      if (contactId !== null && campaignId === null)
        throw invalidField('contactId', 'needs campaignId: say whose contact it is')
      if (callbackId !== null && (campaignId !== null || contactId !== null))
        throw invalidField('callbackId', 'names its contact already: leave out campaignId and contactId')
      const gone = (): boolean => raw.socket?.destroyed ?? false
      const answer = await next.next(actor.id, {
        campaignId,
        contactId,
        callbackId,
        waitMs: waitSeconds * 1000,
        within: campaignsOf(actor),
        gone
      })
      if (answer.handoutId === null) {
        const { reasons, askAgainAt, nextDueAt } = answer
        return { handout: null, reasons: [...reasons], askAgainAt, nextDueAt }
      }
      const { handoutId, campaign } = answer
      const fresh = answer.fresh && callbackId === null // who opens a callback reads it first
      if (fresh && campaign.dialMode !== 'direct')
        held
          .announceContact(actor.id)
          .catch(err => kernel.log.warn({ err, handoutId }, 'no beep for a contact'))
      if (fresh && campaign.dialMode === 'direct') await calls.dialHandout(actor.id, handoutId, null)
      if (fresh && campaign.dialMode === 'progressive')
        await countdowns.start(actor.id, handoutId, campaign.countdownSeconds)
      return { handout: await view.one(handoutId), reasons: [], askAgainAt: null, nextDueAt: null }
    }
  )

  scope.delete(
    '/handouts/:id/countdown',
    {
      config: work,
      schema: {
        operationId: 'stopCountdown',
        summary: 'Dial mode progressive: do not dial by itself; the contact stays in my hands',
        params: Id,
        response: {
          200: Type.Object({ stopped: Type.Boolean({ description: 'false: there was none to stop' }) })
        }
      }
    },
    async ({ actor, params }) => ({ stopped: await countdowns.cancel(actor.id, params.id) })
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
        response: {
          200: Type.Object({
            result: Type.Enum(['settled', 'hanging_up']),
            overQuota: Type.Boolean({ description: 'Positive, but a limit kept it from counting' })
          })
        }
      }
    },
    async ({ actor, params, body }) => handouts.finalise(actor.id, params.id, body.qualification ?? null)
  )

  scope.post(
    '/handouts/:id/wrap-up-extension',
    {
      config: { ...work, idempotent: true },
      schema: {
        operationId: 'extendWrapUp',
        summary: 'More time to qualify, as much and as often as the campaign allows',
        params: Id,
        response: { 200: Type.Object({ deadline: Type.String({ format: 'date-time' }) }) }
      }
    },
    async ({ actor, params }) => ({
      deadline: (await handouts.extendWrapUp(actor.id, params.id)).toISOString()
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

  scope.put(
    '/handouts/:id/correction',
    {
      config: { permission: 'handouts:correct' },
      schema: {
        operationId: 'correctHandout',
        summary: 'Correct the qualification of a hand-out that has ended; counters follow',
        params: Id,
        body: Type.Object({
          dispositionId: Type.Integer({ minimum: 1 }),
          note: Type.Optional(Type.Union([Type.String({ maxLength: 4000 }), Type.Null()]))
        }),
        response: {
          200: Type.Object({
            overQuota: Type.Boolean({ description: 'Positive, but a limit kept it from counting' })
          })
        }
      }
    },
    async ({ actor, params, body }) => correctHandout(kernel, actor, params.id, body)
  )
}
