import { cutPage, etagOf, IfMatch, PageQuery, type PluginScope, pageOf, readIfMatch } from '@evscallpro/core'
import { Type } from 'typebox'
import type { SheetParts } from '../sheet/sheet-routes.ts'
import { Language, Sheet, sheetToWire } from '../sheet/sheet-wire.ts'
import { Account, accountToWire, UserId } from './account-wire.ts'
import { type AccountRow, kinds, type NewAccount } from './accounts.ts'
import { digests } from './digest.ts'

const Created = Type.Object({
  account: Account,
  secret: Type.String({ description: 'Shown here only; it is stored nowhere' }),
  sheet: Sheet
})

const MaxContacts = Type.Integer({ minimum: 1, maximum: 10, description: 'Devices that may be registered' })
const Digest = Type.Enum([...digests], {
  description:
    'md5: every phone. both: SHA-256 is offered first, which some phones stumble over. sha256: only that'
})

export interface AccountParts extends SheetParts {
  /** Changes are announced to the PBX. */
  readonly announces: boolean
}

/** Accounts and their secrets, for administrators. */
export function registerAccountRoutes(scope: PluginScope, parts: AccountParts): void {
  const { accounts, links, server, announces } = parts
  const read = { permission: 'extensions:read' }
  const write = { permission: 'extensions:write' }
  const toWire = (row: AccountRow) => accountToWire(row, announces)

  const created = async ({ account, secret }: NewAccount, language: string | undefined) => {
    const link = account.kind === 'webrtc' ? null : await links.make(account.user_id)
    return {
      account: toWire(account),
      secret,
      sheet: sheetToWire(account, server, language, { secret, link })
    }
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
      return cutPage(rows.map(toWire), limit, row => row.userId)
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
      return toWire(row)
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
      return toWire(row)
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
}
