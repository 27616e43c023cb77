import {
  callEnded,
  callRequested,
  defineEvent,
  definePlugin,
  NotFoundError,
  trunkSelectors
} from '@evscallpro/core'
import { Type } from 'typebox'
import { campaignTrunk } from './campaign-trunk.ts'
import { addGreeting, answeredCalls, greetingInUse, noteAnswered, noteRequested } from './greeting-store.ts'
import { init } from './migration.ts'

/** A campaign opens with another sentence from now on. */
export const greetingChanged = defineEvent('greetings.changed', {
  campaignId: Type.Integer(),
  greetingId: Type.Integer()
})

/** How each campaign opens: the agent's first sentence, the trunk that goes with it, and how often it was said. */
export const greetings = definePlugin({
  name: 'greetings',
  version: '0.1.0',
  core: '^0.1.0',
  config: {
    maxLength: Type.Integer({
      minimum: 20,
      maximum: 2000,
      default: 300,
      description: 'Longest sentence, in characters'
    }),
    failover: Type.Boolean({
      default: true,
      description: "Try the site's own trunks when the trunk of the greeting fails"
    })
  },
  permissions: {
    'greetings:read': { description: 'See how campaigns open', roles: ['agent', 'supervisor'] },
    'greetings:write': { description: 'Change how campaigns open', roles: ['supervisor'] }
  },
  emits: [greetingChanged],
  migrations: { '0001-greetings': init },

  setup(scope, { config, kernel, fill }) {
    const { db, clock, events } = kernel
    fill(trunkSelectors, campaignTrunk(db, config.failover))
    events.on(callRequested, ({ callId, campaignId }) => noteRequested(db, callId, campaignId))
    events.on(callEnded, async ({ callId, outcome }) => {
      if (outcome === 'answered') await noteAnswered(db, callId)
    })

    const params = Type.Object({ campaignId: Type.Integer({ minimum: 0 }) })
    const sentence = Type.String({ minLength: 1, maxLength: config.maxLength })
    const trunk = Type.Union([Type.String({ pattern: '^[A-Za-z0-9_-]{1,80}$' }), Type.Null()], {
      default: null,
      description: "Name of a trunk on the PBX; null: the site's own"
    })
    const Greeting = Type.Object(
      { id: Type.Integer(), sentence, trunk, since: Type.String({ format: 'date-time' }) },
      { $id: 'Greetings.Greeting' }
    )

    scope.get(
      '/campaigns/:campaignId',
      {
        config: { permission: 'greetings:read' },
        schema: {
          operationId: 'getGreeting',
          summary: 'The greeting of a campaign, and on how many answered calls it was in use',
          params,
          response: { 200: Type.Object({ ...Greeting.properties, answeredCalls: Type.Integer() }) }
        }
      },
      async ({ params: { campaignId } }) => {
        const greeting = await greetingInUse(db, campaignId)
        if (!greeting) throw new NotFoundError(`Campaign ${campaignId} has no greeting: PUT one here`)
        const { since, ...rest } = greeting
        return { ...rest, since: since.toISOString(), answeredCalls: await answeredCalls(db, greeting.id) }
      }
    )

    scope.put(
      '/campaigns/:campaignId',
      {
        config: { permission: 'greetings:write' },
        schema: {
          operationId: 'putGreeting',
          summary: 'Give a campaign a new greeting; its count starts at 0',
          params,
          body: Type.Object({ sentence, trunk }),
          response: { 200: Greeting }
        }
      },
      ({ params: { campaignId }, body }) =>
        db.transaction(async trx => {
          const { since, ...rest } = await addGreeting(trx, campaignId, body, clock.now())
          await events.emit(greetingChanged, { campaignId, greetingId: rest.id }, { trx })
          return { ...rest, since: since.toISOString() }
        })
    )
  }
})
