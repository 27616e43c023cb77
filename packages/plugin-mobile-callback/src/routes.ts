import { NotFoundError, Nullable, type PluginScope } from '@evscallpro/core'
import { Type } from 'typebox'
import type { MobileStation } from './mobile-station.ts'
import { type SiteBook, SiteSettings } from './site-settings.ts'
import type { Verifications } from './verifications.ts'

const Id = Type.Object({ id: Type.Integer({ minimum: 1 }) })
const Status = Type.Object(
  {
    number: Nullable(Type.String({ description: 'Masked' })),
    verified: Type.Boolean(),
    how: Nullable(Type.Enum(['code', 'vouched'])),
    verifiedAt: Nullable(Type.String({ format: 'date-time' })),
    lastCall: Nullable(Type.Enum(['calling', 'right', 'failed']))
  },
  { $id: 'MobileCallback.NumberStatus' }
)

/** Settings of sites, and the proof that a number is its agent's own. */
export function registerMobileRoutes(
  scope: PluginScope,
  { sites, verifications, station }: { sites: SiteBook; verifications: Verifications; station: MobileStation }
): void {
  const configure = { permission: 'mobile-callback:configure' }
  const vouch = { permission: 'mobile-callback:vouch' }
  const own = { permission: 'mobile-callback:verify-own' }

  scope.get(
    '/sites/:id',
    {
      config: { permission: 'mobile-callback:read' },
      schema: {
        operationId: 'getMobileSettings',
        summary: "How a site calls its agents' mobiles",
        params: Id,
        response: { 200: SiteSettings }
      }
    },
    async ({ params }) => sites.of(params.id)
  )

  scope.patch(
    '/sites/:id',
    {
      config: configure,
      schema: {
        operationId: 'setMobileSettings',
        summary: "Change how a site calls its agents' mobiles; holds from the next call",
        params: Id,
        body: Type.Partial(SiteSettings, { minProperties: 1 }),
        response: { 200: SiteSettings }
      }
    },
    async ({ params, body }) => sites.set(params.id, body)
  )

  scope.get(
    '/verification',
    {
      config: own,
      schema: {
        operationId: 'getOwnVerification',
        summary: 'Whether my mobile number is verified',
        response: { 200: Status }
      }
    },
    async ({ actor }) => verifications.status(actor.id)
  )

  scope.post(
    '/verification',
    {
      config: own,
      schema: {
        operationId: 'startOwnVerification',
        summary: 'Call my mobile; there I key the code that this answer holds',
        response: { 202: Type.Object({ code: Type.String({ description: 'Six digits to show' }) }) }
      }
    },
    async ({ actor }, reply) => reply.code(202).send(await verifications.call(actor.id, station))
  )

  scope.get(
    '/users/:id/verification',
    {
      config: { permission: 'mobile-callback:read' },
      schema: {
        operationId: 'getVerification',
        summary: "Whether an agent's mobile number is verified",
        params: Id,
        response: { 200: Status }
      }
    },
    async ({ params }) => verifications.status(params.id)
  )

  scope.put(
    '/users/:id/verification',
    {
      config: vouch,
      schema: {
        operationId: 'vouchForMobile',
        summary: "Answer for an agent's mobile number without a call; it stays on record",
        params: Id,
        body: Type.Object({ reason: Type.String({ minLength: 3, maxLength: 300 }) }),
        response: { 200: Status }
      }
    },
    async ({ actor, params, body }) => {
      await verifications.vouch(params.id, actor.id, body.reason)
      return verifications.status(params.id)
    }
  )

  scope.delete(
    '/users/:id/verification',
    {
      config: vouch,
      schema: {
        operationId: 'withdrawVerification',
        summary: 'The number counts as unverified from now on',
        params: Id,
        response: { 200: Status }
      }
    },
    async ({ actor, params }) => {
      if (!(await verifications.withdraw(params.id, actor.id)))
        throw new NotFoundError('This number is not verified.')
      return verifications.status(params.id)
    }
  )
}
