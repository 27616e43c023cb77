import {
  cutPage,
  etagOf,
  IfMatch,
  type Kernel,
  PageQuery,
  type PluginScope,
  pageOf,
  readIfMatch
} from '@evscallpro/core'
import { Type } from 'typebox'
import { type AccountRow, type Accounts, accountStates, kinds, type NewAccount } from './account/accounts.ts'
import { digests } from './account/digest.ts'
import type { Devices, DeviceView } from './device/devices.ts'
import { AccountNotFoundError } from './errors.ts'
import type { ProvisioningLinks } from './sheet/provisioning-links.ts'
import { makeSheet, type SipServer } from './sheet/sheet.ts'
import { languageOf, languages } from './sheet/texts.ts'

const Account = Type.Object(
  {
    userId: Type.Integer(),
    number: Type.String({ description: 'Extension and user name of the account' }),
    displayName: Type.String(),
    kind: Type.Enum([...kinds]),
    digest: Type.Enum([...digests]),
    maxContacts: Type.Integer(),
    enabled: Type.Boolean(),
    state: Type.Enum([...accountStates], {
      description: 'number_changed: the extension in his profile is another one, make a new secret'
    }),
    inForce: Type.Union([Type.Boolean(), Type.Null()], {
      description:
        'The PBX works with this; false for a moment after each change; null: it reads a file, nobody knows'
    }),
    secretSetAt: Type.String({ format: 'date-time' }),
    revision: Type.Integer()
  },
  { $id: 'Extensions.Account' }
)

const Sheet = Type.Object(
  {
    fields: Type.Array(Type.Object({ label: Type.String(), value: Type.String() })),
    html: Type.String({ description: 'A page of its own, to show in an iframe or to print' }),
    qrSvg: Type.Union([Type.String(), Type.Null()], {
      description: 'Sets up Linphone, once; null when no publicUrl is configured, or there is no new secret'
    })
  },
  { $id: 'Extensions.Sheet' }
)

const Created = Type.Object({
  account: Account,
  secret: Type.String({ description: 'Shown here only; it is stored nowhere' }),
  sheet: Sheet
})

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

const UserId = Type.Object({ userId: Type.Integer({ minimum: 1 }) })
const Language = Type.Optional(
  Type.Enum([...languages], { description: "Of the sheet; default: the user's own" })
)
const MaxContacts = Type.Integer({ minimum: 1, maximum: 10, description: 'Devices that may be registered' })
const Digest = Type.Enum([...digests], {
  description:
    'md5: every phone. both: SHA-256 is offered first, which some phones stumble over. sha256: only that'
})

export interface RouteParts {
  readonly accounts: Accounts
  readonly devices: Devices
  readonly links: ProvisioningLinks
  readonly server: SipServer
  /** Changes are announced to the PBX. */
  readonly announces: boolean
}

/** Accounts and their secrets for administrators, devices for the agent himself. */
export function registerRoutes(scope: PluginScope, { db }: Kernel, parts: RouteParts): void {
  const { accounts, devices, links, server, announces } = parts
  const read = { permission: 'extensions:read' }
  const write = { permission: 'extensions:write' }
  const own = { permission: 'agent:work' }

  const accountToWire = (row: AccountRow) => rowToWire(row, announces)

  const created = async ({ account, secret }: NewAccount, language: string | undefined) => {
    const link = account.kind === 'webrtc' ? null : await links.make(account.user_id)
    const sheet = makeSheet(account, server, languageOf(language ?? account.language), { secret, link })
    return { account: accountToWire(account), secret, sheet: { ...sheet, fields: [...sheet.fields] } }
  }
  const sheetOf = (account: AccountRow, language: string | undefined) => {
    const known = { secret: null, link: null }
    const sheet = makeSheet(account, server, languageOf(language ?? account.language), known)
    return { ...sheet, fields: [...sheet.fields] }
  }
  /** The extension of a user who may have no account: its devices are the PBX's business all the same. */
  const numberOf = async (userId: number): Promise<string> => {
    const user = await db('core.users')
      .where({ id: userId })
      .first<{ extension: string | null } | undefined>('extension')
    if (!user?.extension) throw new AccountNotFoundError(userId)
    return user.extension
  }

  scope.get(
    '/accounts',
    {
      config: read,
      schema: {
        operationId: 'listSipAccounts',
        summary: "SIP accounts, by their users' ids",
        querystring: PageQuery,
        response: { 200: pageOf(Account) }
      }
    },
    async ({ query: { after = '0', limit } }) => {
      const rows = await accounts.list(Number(after) || 0, limit + 1)
      return cutPage(rows.map(accountToWire), limit, row => row.userId)
    }
  )

  scope.get(
    '/accounts/:userId',
    {
      config: read,
      schema: {
        operationId: 'getSipAccount',
        summary: 'The SIP account of a user',
        params: UserId,
        response: { 200: Account }
      }
    },
    async ({ params: { userId } }, reply) => {
      const row = await accounts.find(userId)
      reply.header('etag', etagOf(row))
      return accountToWire(row)
    }
  )

  scope.post(
    '/accounts',
    {
      config: write,
      schema: {
        operationId: 'createSipAccount',
        summary: 'Give a user who has an extension a SIP account; its secret is in this answer only',
        body: Type.Object({
          userId: Type.Integer({ minimum: 1 }),
          kind: Type.Enum([...kinds], { default: 'softphone', description: 'webrtc: a phone in a browser' }),
          digest: Type.Optional(Digest),
          maxContacts: Type.Optional(MaxContacts),
          language: Language
        }),
        response: { 201: Created }
      }
    },
    async ({ body: { userId, kind, digest = 'md5', maxContacts, language } }, reply) => {
      const made = await accounts.create(userId, { kind, digest, maxContacts })
      return reply
        .code(201)
        .header('etag', etagOf(made.account))
        .header('cache-control', 'no-store')
        .send(await created(made, language))
    }
  )

  scope.patch(
    '/accounts/:userId',
    {
      config: write,
      schema: {
        operationId: 'changeSipAccount',
        summary: 'Enable, disable, or change how many devices may register; in force within a second',
        params: UserId,
        headers: IfMatch,
        body: Type.Partial(Type.Object({ enabled: Type.Boolean(), maxContacts: MaxContacts }), {
          minProperties: 1
        }),
        response: { 200: Account }
      }
    },
    async ({ params: { userId }, body, headers }, reply) => {
      const row = await accounts.change(userId, body, readIfMatch(headers['if-match']))
      reply.header('etag', etagOf(row))
      return accountToWire(row)
    }
  )

  scope.post(
    '/accounts/:userId/secret',
    {
      config: write,
      schema: {
        operationId: 'rotateSipSecret',
        summary:
          'Make a new secret, also after a change of the extension; the old one is refused within a second',
        params: UserId,
        body: Type.Object({ digest: Type.Optional(Digest), language: Language }),
        response: { 200: Created }
      }
    },
    async ({ params: { userId }, body: { digest, language } }, reply) => {
      reply.header('cache-control', 'no-store')
      return created(await accounts.rotate(userId, digest), language)
    }
  )

  scope.delete(
    '/accounts/:userId',
    {
      config: write,
      schema: {
        operationId: 'removeSipAccount',
        summary: 'Take the SIP account away from a user',
        params: UserId,
        response: { 204: Type.Null() }
      }
    },
    async ({ params: { userId } }, reply) => {
      await accounts.remove(userId)
      return reply.code(204).send(null)
    }
  )

  scope.get(
    '/accounts/:userId/sheet',
    {
      config: read,
      schema: {
        operationId: 'getSipSheet',
        summary: 'How to set up a telephone, without the secret',
        params: UserId,
        querystring: Type.Object({ language: Language }),
        response: { 200: Sheet }
      }
    },
    async ({ params: { userId }, query: { language } }) => sheetOf(await accounts.find(userId), language)
  )

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

  scope.get(
    '/sheet',
    {
      config: own,
      schema: {
        operationId: 'getOwnSipSheet',
        summary: 'How to set up my telephone, without the secret',
        querystring: Type.Object({ language: Language }),
        response: { 200: Sheet }
      }
    },
    async ({ actor, query: { language } }) => sheetOf(await accounts.find(actor.id), language)
  )

  scope.get(
    '/provisioning',
    {
      config: { permission: 'public' },
      schema: {
        operationId: 'redeemProvisioningLink',
        summary: "A softphone's settings, by the link of its QR code; works once",
        querystring: Type.Object({ token: Type.String({ minLength: 20, maxLength: 100 }) }),
        response: { 200: Type.String() }
      }
    },
    async ({ query: { token } }, reply) => {
      const xml = await links.redeem(token)
      return reply.type('application/xml').header('cache-control', 'no-store').serializer(String).send(xml)
    }
  )
}

const rowToWire = (row: AccountRow, announces: boolean) => ({
  userId: row.user_id,
  number: row.number,
  displayName: row.display_name,
  kind: row.kind,
  digest: row.digest,
  maxContacts: row.max_contacts,
  enabled: row.enabled,
  state: row.state,
  inForce: announces ? row.in_force : null,
  secretSetAt: row.secret_set_at.toISOString(),
  revision: row.revision
})

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
