import {
  callLedger,
  coreDomain,
  definePlugin,
  type OriginateRequest,
  type Outcome,
  type Plugin,
  recordOfNothing,
  telephony
} from '@evscallpro/core'
import {
  buildTestApp,
  loginAs,
  makeSite,
  type SignedIn,
  type Teardown,
  type TestApp
} from '@evscallpro/testing'

export interface CallingFloor extends TestApp {
  readonly supervisor: SignedIn
  readonly campaignId: number
  /** What the PBX was asked for, in order. */
  readonly requests: readonly OriginateRequest[]
  /** The agent calls his contact. */
  dial(): Promise<string>
  /** The PBX tells that the call is over. */
  end(callId: string, outcome: Outcome): Promise<void>
  /** An API request that must succeed. */
  ask<T>(who: SignedIn, method: 'GET' | 'PUT' | 'POST', url: string, payload?: object): Promise<T>
  readonly agent: SignedIn
}

/** A server with `plugins` on a PBX that only notes what it is asked, and an agent with a contact in his hands. */
export async function openFloor(t: Teardown, plugins: readonly Plugin[]): Promise<CallingFloor> {
  const requests: OriginateRequest[] = []
  const notingPbx = definePlugin({
    name: 'noting-pbx',
    version: '1.0.0',
    setup(_scope, { fill }) {
      fill(telephony, {
        pbx: 'noting',
        async originate(request) {
          requests.push(request)
          return 'accepted'
        },
        controls: new Set<never>(),
        holdLeg: async () => 'accepted',
        controlLeg: async () => false,
        hangup: async () => true,
        control: async () => false,
        listen: async () => false,
        endListening: async () => false
      })
    }
  })
  const domain = coreDomain({ destinations: { allow: ['+33'], deny: [] } })
  const built = await buildTestApp(t, { plugins: [domain, notingPbx(), ...plugins] })
  const { app } = built

  const ask = async <T>(
    { headers }: SignedIn,
    method: 'GET' | 'PUT' | 'POST',
    url: string,
    payload?: object
  ): Promise<T> => {
    const answer = await app.inject({ method, url, headers, ...(payload && { payload }) })
    if (answer.statusCode >= 300) throw new Error(`${method} ${url}: ${answer.body}`)
    return answer.json<T>()
  }

  const siteId = await makeSite(app, { trunks: ['trunk-a', 'trunk-b'], caller_id: '+33199000001' })
  const supervisor = await loginAs(app, 'supervisor')
  const agent = await loginAs(app, 'agent', { siteId, extension: '1001' })
  const { id: campaignId } = await ask<{ id: number }>(supervisor, 'POST', '/api/campaigns', {
    name: 'Renewals',
    dialMode: 'preview',
    country: 'FR',
    timeZone: 'Europe/Paris'
  })
  await ask(supervisor, 'PUT', `/api/campaigns/${campaignId}/agents`, { agentIds: [agent.userId] })
  await ask(supervisor, 'POST', `/api/campaigns/${campaignId}/contacts`, {
    contacts: [{ phones: ['+33199001005'] }]
  })
  await ask(agent, 'PUT', '/api/agent/session', { station: 'extension' })
  const { handout } = await ask<{ handout: { id: number } }>(agent, 'POST', '/api/handouts', { campaignId })

  return {
    ...built,
    supervisor,
    agent,
    campaignId,
    requests,
    ask,
    dial: async () =>
      (await ask<{ callId: string }>(agent, 'POST', `/api/handouts/${handout.id}/calls`, {})).callId,
    async end(callId, outcome) {
      const now = app.kernel.clock.now().getTime()
      const known = { callId, agentAttempts: 1, startedAtMs: now - 1000, endedAtMs: now }
      const record = { ...recordOfNothing(known), outcome, endedBy: 'customer' as const }
      await app.kernel.extensions.one(callLedger).report('noting', [{ kind: 'ended', callId, record }])
    }
  }
}
