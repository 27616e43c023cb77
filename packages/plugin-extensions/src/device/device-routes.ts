import type { Kernel, PluginScope } from '@evscallpro/core'
import { Type } from 'typebox'
import { UserId } from '../account/account-wire.ts'
import { AccountNotFoundError } from '../errors.ts'
import type { Devices, DeviceView } from './devices.ts'

const Device = Type.Object(
  {
    id: Type.String(),
    userAgent: Type.String({ description: 'What it says it is' }),
    address: Type.String({ description: 'Where its requests come from' }),
    since: Type.String({ format: 'date-time', description: 'First seen registered, without a break' }),
    expiresAt: Type.Union([Type.String({ format: 'date-time' }), Type.Null()]),
    status: Type.Enum(['reachable', 'unreachable', 'unknown']),
    roundTripMs: Type.Union([Type.Number(), Type.Null()]),
    rings: Type.Boolean({ description: 'The next call rings this one' })
  },
  { $id: 'Extensions.Device' }
)

/** Which devices are registered, and which of them rings. */
export function registerDeviceRoutes(scope: PluginScope, { db }: Kernel, devices: Devices): void {
  const read = { permission: 'extensions:read' }
  const own = { permission: 'agent:work' }

  /** The extension of a user who may have no account: its devices are the PBX's business all the same. */
  const numberOf = async (userId: number): Promise<string> => {
    const user = await db('core.users')
      .where({ id: userId })
      .first<{ extension: string | null } | undefined>('extension')
    if (!user?.extension) throw new AccountNotFoundError(userId)
    return user.extension
  }

  scope.get(
    '/accounts/:userId/devices',
    {
      config: read,
      schema: {
        operationId: 'listDevices',
        summary: 'The registered devices of a user, the last registered first',
        params: UserId,
        response: { 200: Type.Object({ items: Type.Array(Device) }) }
      }
    },
    async ({ params: { userId } }) => ({
      items: (await devices.view(userId, await numberOf(userId))).map(deviceToWire)
    })
  )

  scope.get(
    '/devices',
    {
      config: own,
      schema: {
        operationId: 'listOwnDevices',
        summary: 'My registered devices, the last registered first',
        response: { 200: Type.Object({ items: Type.Array(Device) }) }
      }
    },
    async ({ actor }) => ({
      items: (await devices.view(actor.id, await numberOf(actor.id))).map(deviceToWire)
    })
  )

  scope.put(
    '/devices/choice',
    {
      config: own,
      schema: {
        operationId: 'chooseDevice',
        summary: 'Which of my devices rings; null: the one that registered last',
        body: Type.Object({ deviceId: Type.Union([Type.String({ maxLength: 200 }), Type.Null()]) }),
        response: { 200: Type.Object({ items: Type.Array(Device) }) }
      }
    },
    async ({ actor, body }) => {
      const number = await numberOf(actor.id)
      await devices.choose(actor.id, number, body.deviceId)
      return { items: (await devices.view(actor.id, number)).map(deviceToWire) }
    }
  )
}

const deviceToWire = (device: DeviceView) => ({
  id: device.id,
  userAgent: device.userAgent,
  address: device.address,
  since: device.since.toISOString(),
  expiresAt: device.expiresAt?.toISOString() ?? null,
  status: device.status,
  roundTripMs: device.roundTripMs,
  rings: device.rings
})
