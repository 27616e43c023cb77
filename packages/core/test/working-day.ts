import {
  type CallControl,
  type CallFact,
  type CallLedger,
  type CallOnLine,
  type CallOrder,
  type CallRecord,
  type Clock,
  callLedger,
  coreDomain,
  definePlugin,
  type HoldLegRequest,
  type LegFact,
  type ListenRequest,
  type OriginateRequest,
  type Plugin,
  type PluginScope,
  telephony,
  type WebhookOptions
} from '@evscallpro/core'
import { buildTestApp, loginAs, makeSite, type SignedIn, type Teardown } from '@evscallpro/testing'

/** A PBX at the port: it remembers what it was asked for and says what the test tells it to. */
export class FakePbx {
  readonly requests: OriginateRequest[] = []
  readonly hangups: string[] = []
  readonly heldLegs: HoldLegRequest[] = []
  readonly legOrders: { legId: string; order: string }[] = []
  readonly orders: { call: CallOnLine; order: CallOrder }[] = []
  readonly listens: { call: CallOnLine; request: ListenRequest }[] = []
  /** What this PBX can do; a test may take something out. */
  readonly controls = new Set<CallControl>([
    'hold',
    'mute',
    'digits',
    'recording',
    'accept',
    'listen',
    'whisper'
  ])
  /** What the next request gets. */
  answer: () => 'accepted' | 'uncertain' = () => 'accepted'
  ledger!: CallLedger

  readonly plugin = definePlugin({
    name: 'fake-pbx',
    version: '1.0.0',
    requires: [telephony],
    setup: (_scope, { fill, kernel }) => {
      this.ledger = kernel.extensions.one(callLedger)
      fill(telephony, {
        pbx: 'fake',
        controls: this.controls,
        originate: async request => {
          this.requests.push(request)
          return this.answer()
        },
        hangup: async ({ callId }) => {
          this.hangups.push(callId)
          return true
        },
        holdLeg: async request => {
          this.heldLegs.push(request)
          return this.answer()
        },
        controlLeg: async (leg, order) => {
          this.legOrders.push({ legId: leg.legId, order })
          return true
        },
        control: async (call, order) => {
          this.orders.push({ call, order })
          return true
        },
        listen: async (call, request) => {
          this.listens.push({ call, request })
          return true
        },
        endListening: async listenId => {
          const heard = this.listens.some(({ request }) => request.listenId === listenId)
          if (heard)
            await this.tell([{ kind: 'listening', callId: listenId, phase: 'ended', atMs: Date.now() }])
          return heard
        }
      })
    }
  })

  /** Reports that a leg has come to a phase. */
  leg(callId: string, role: LegFact['role'], ...phases: LegFact['phase'][]): Promise<void> {
    const leg = role === 'agent' ? 'a1' : 'c1'
    const endpoint = role === 'agent' ? 'PJSIP/1001' : 'PJSIP/trunk-a'
    const base = { callId, leg, role, endpoint, channel: `${endpoint}-00000001`, trunk: role === 'customer' }
    return this.tell(
      phases.map(phase => ({
        kind: 'leg' as const,
        ...base,
        uniqueid: `${callId}-${leg}`,
        linkedid: `${callId}-a1`,
        phase,
        atMs: Date.now()
      }))
    )
  }

  /** Both talk. */
  async talk(callId: string): Promise<void> {
    await this.leg(callId, 'agent', 'created', 'ringing', 'answered')
    await this.leg(callId, 'customer', 'created', 'ringing', 'answered', 'bridged')
  }

  /** The call is over. */
  end(callId: string, fields: Partial<CallRecord> = {}, kind: 'ended' | 'amended' = 'ended'): Promise<void> {
    return this.tell([{ kind, callId, record: recordOf(callId, fields) }])
  }

  /** Brings facts to the ledger. */
  tell(facts: readonly CallFact[]): Promise<void> {
    return this.ledger.report('fake', facts)
  }
}

/** A record of a call in which both talked for ten seconds, unless said otherwise. */
export function recordOf(callId: string, fields: Partial<CallRecord> = {}): CallRecord {
  const endedAtMs = Date.now()
  const startedAtMs = endedAtMs - 15_000
  return {
    callId,
    foreign: false,
    direction: 'outbound',
    outcome: 'answered',
    endedBy: 'customer',
    startedAtMs,
    agentAnsweredAtMs: startedAtMs + 1_000,
    customerDialledAtMs: startedAtMs + 1_100,
    customerAnsweredAtMs: startedAtMs + 5_000,
    endedAtMs,
    talkMs: 10_000,
    holdMs: 0,
    billableMs: 10_000,
    cause: 16,
    trunk: 'PJSIP/trunk-a',
    linkedid: `${callId}-a1`,
    endQuality: 'exact',
    interpreterVersion: 1,
    legs: [],
    transfers: [],
    ...fields
  }
}

/** A request of one person; the answer's status and body. */
export type Send = <T = never>(
  method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE',
  url: string,
  payload?: object,
  headers?: Record<string, string>
) => Promise<{ status: number; body: T; headers: Record<string, unknown> }>

export function sender(app: PluginScope, who: SignedIn): Send {
  return async (method, url, payload, headers = {}) => {
    const response = await app.inject({
      method,
      url,
      headers: { ...who.headers, ...headers },
      ...(payload && { payload })
    })
    return {
      status: response.statusCode,
      body: response.body === '' ? undefined : response.json(),
      headers: response.headers
    } as Awaited<ReturnType<Send>> as never // the caller names the shape
  }
}

export interface WorkingDay {
  readonly app: PluginScope
  readonly url: string
  readonly pbx: FakePbx
  readonly admin: Send
  readonly campaignId: number
  readonly siteId: number
  readonly dispositions: Readonly<Record<'sale' | 'refusal' | 'later' | 'callback', number>>
  /** A new agent of the campaign, at work unless `atWork` is false. */
  agent(options?: { atWork?: boolean; extension?: string | null }): Promise<{ send: Send; id: number }>
  /** Contacts by their numbers' last four digits. */
  contacts(...numbers: string[]): Promise<void>
}

export interface WorkingDayOptions {
  readonly dialMode?: string
  readonly allow?: string[]
  readonly trunks?: string[]
  readonly clock?: Clock
  readonly plugins?: readonly Plugin[]
  /** Options `webhooks` of the core domain; the rest of them have their defaults. */
  readonly webhooks?: WebhookOptions
  /** Other options of the core domain. */
  readonly domain?: Parameters<typeof coreDomain>[0]
}

/** A server with a fake PBX, one site, one campaign and its dispositions. */
export async function workingDay(t: Teardown, options: WorkingDayOptions = {}): Promise<WorkingDay> {
  const {
    dialMode = 'preview',
    allow = ['+33'],
    trunks = ['trunk-a', 'trunk-b'],
    clock,
    webhooks = {}
  } = options
  const pbx = new FakePbx()
  const { app, url } = await buildTestApp(t, {
    plugins: [
      coreDomain({ destinations: { allow, deny: ['+3389'] }, webhooks, ...options.domain }),
      pbx.plugin(),
      ...(options.plugins ?? [])
    ],
    ...(clock && { clock })
  })
  const siteId = await makeSite(app, { trunks, caller_id: '+33199000001' })
  const admin = sender(app, await loginAs(app, 'admin'))
  const set = await admin<{ id: number }>('POST', '/api/disposition-sets', { name: 'Standard' })
  const disposition = async (code: string, flags: object): Promise<number> => {
    const { body } = await admin<{ id: number }>(
      'POST',
      `/api/disposition-sets/${set.body.id}/dispositions`,
      {
        code,
        labelFr: code,
        labelEn: code,
        ...flags
      }
    )
    return body.id
  }
  const dispositions = {
    sale: await disposition('sale', { positive: true }),
    refusal: await disposition('refusal', {}),
    later: await disposition('later', { retryAfterMinutes: 30 }),
    callback: await disposition('callback', { callback: true })
  }
  const campaign = await admin<{ id: number }>('POST', '/api/campaigns', {
    name: 'Ventes',
    dialMode,
    country: 'FR',
    timeZone: 'Europe/Paris',
    dispositionSetId: set.body.id
  })
  const campaignId = campaign.body.id
  const agentIds: number[] = []
  let extension = 1001
  return {
    app,
    url,
    pbx,
    admin,
    campaignId,
    siteId,
    dispositions,
    async agent({ atWork = true, extension: given } = {}) {
      const signedIn = await loginAs(app, 'agent', {
        siteId,
        ...(given !== null && { extension: given ?? String(extension++) })
      })
      agentIds.push(signedIn.userId)
      await admin('PUT', `/api/campaigns/${campaignId}/agents`, { agentIds })
      const send = sender(app, signedIn)
      if (atWork) await send('PUT', '/api/agent/session', { station: 'extension' })
      return { send, id: signedIn.userId }
    },
    async contacts(...numbers) {
      const contacts = numbers.map(number => ({ phones: [`+3319900${number}`] }))
      await admin('POST', `/api/campaigns/${campaignId}/contacts`, { contacts })
    }
  }
}
