import type { PluginScope } from '@evscallpro/core'
import { Type } from 'typebox'
import { UserId } from '../account/account-wire.ts'
import type { Accounts } from '../account/accounts.ts'
import type { ProvisioningLinks } from './provisioning-links.ts'
import type { SipServer } from './sheet.ts'
import { Language, Sheet, sheetToWire } from './sheet-wire.ts'

export interface SheetParts {
  readonly accounts: Accounts
  readonly links: ProvisioningLinks
  readonly server: SipServer
}

/** Sheets of settings without the secret, and what the link in a QR code gives, once. */
export function registerSheetRoutes(scope: PluginScope, { accounts, links, server }: SheetParts): void {
  const read = { permission: 'extensions:read' }
  const own = { permission: 'agent:work' }

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
    async ({ params: { userId }, query: { language } }) =>
      sheetToWire(await accounts.find(userId), server, language)
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
    async ({ actor, query: { language } }) => sheetToWire(await accounts.find(actor.id), server, language)
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
