import { randomBytes } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Api } from './api.ts'
import { ApiError } from './api.ts'
import type { ShiftPbx } from './pbx.ts'
import { type Scenario, scenarioOf } from './scenarios.ts'

export interface PlayedCall {
  readonly handoutId: number
  /** null: the server died while it answered, and the call was over when it was back. */
  readonly callId: string | null
  readonly scenario: Scenario
}

export interface ShiftSetup {
  readonly campaignIds: readonly number[]
  readonly agents: readonly ShiftAgent[]
}

export interface ShiftAgent {
  readonly login: string
  readonly password: string
  readonly extension: string
  readonly campaignId: number
}

interface Handout {
  readonly id: number
  readonly callId: string | null
  readonly callsMade: number
  readonly contact: { readonly customFields: { readonly scenario: number } }
}

interface Disposition {
  readonly id: number
  readonly code: string
}

/** How often an agent looks at his call, ms; events for browsers come with the realtime session. */
const lookEveryMs = 100
const longestCallMs = 60_000
const agentsPerSite = { up: 5, down: 1 }

/** Makes sites, agents, campaigns and one contact for each call, through the API as an administrator. */
export async function prepareShift(admin: Api, calls: number): Promise<ShiftSetup> {
  const site = (name: string, trunks: readonly string[]) =>
    admin.post<{ id: number }>('/api/sites', {
      name,
      trunks,
      country: 'FR',
      timeZone: 'Europe/Paris',
      callerId: '+33199000009'
    })
  const tag = randomBytes(3).toString('hex')
  const up = await site(`Shift ${tag}`, ['trunk-site-a', 'trunk-site-b'])
  const down = await site(`Shift ${tag} down`, ['trunk-site-down'])
  const set = await dispositionSet(admin, `Shift ${tag}`)
  const plan = Array.from({ length: calls }, (_, index) => index)
  const groups = [
    {
      site: up,
      agents: agentsPerSite.up,
      first: 1011,
      indexes: plan.filter(i => scenarioOf(i).site === undefined)
    },
    {
      site: down,
      agents: agentsPerSite.down,
      first: 1016,
      indexes: plan.filter(i => scenarioOf(i).site === 'down')
    }
  ]
  const agents: ShiftAgent[] = []
  const campaignIds: number[] = []
  for (const [i, group] of groups.entries()) {
    const campaign = await admin.post<{ id: number }>('/api/campaigns', {
      name: `Shift ${tag} ${i + 1}`,
      dialMode: 'preview',
      country: 'FR',
      timeZone: 'Europe/Paris',
      dispositionSetId: set
    })
    campaignIds.push(campaign.id)
    const agentIds: number[] = []
    for (let n = 0; n < group.agents; n++) {
      const extension = String(group.first + n)
      const login = `shift-${tag}-${extension}`
      const password = randomBytes(12).toString('base64url')
      const user = await admin.post<{ id: number }>('/api/users', {
        login,
        displayName: `Agent ${extension}`,
        role: 'agent',
        password,
        siteId: group.site.id,
        extension
      })
      agentIds.push(user.id)
      agents.push({ login, password, extension, campaignId: campaign.id })
    }
    await admin.put(`/api/campaigns/${campaign.id}/agents`, { agentIds })
    const contacts = group.indexes.map(index => ({
      externalId: `call-${index}`,
      phones: [`+3319900${scenarioOf(index).customer}`],
      customFields: { scenario: index }
    }))
    if (contacts.length > 0) await admin.post(`/api/campaigns/${campaign.id}/contacts`, { contacts })
  }
  return { agents, campaignIds }
}

async function dispositionSet(admin: Api, name: string): Promise<number> {
  const set = await admin.post<{ id: number }>('/api/disposition-sets', { name })
  const codes = [
    { code: 'sale', positive: true },
    { code: 'refusal' },
    { code: 'busy', retryAfterMinutes: 240 },
    { code: 'no_answer', retryAfterMinutes: 240 },
    { code: 'wrong_number' },
    { code: 'technical', retryAfterMinutes: 240 }
  ]
  for (const one of codes) {
    await admin.post(`/api/disposition-sets/${set.id}/dispositions`, {
      labelFr: one.code,
      labelEn: one.code,
      ...one
    })
  }
  return set.id
}

export interface ShiftOptions {
  readonly anonymous: Api
  readonly pbx: ShiftPbx
  readonly setup: ShiftSetup
  readonly onCall: (call: PlayedCall) => void
}

/** All agents work side by side until there is nothing left to hand out. */
export async function playShift({ anonymous, pbx, setup, onCall }: ShiftOptions): Promise<PlayedCall[]> {
  const played: PlayedCall[] = []
  const work = async (agent: ShiftAgent): Promise<void> => {
    const api = await anonymous.login(agent.login, agent.password)
    await api.put('/api/agent/session', { station: 'extension' })
    const { items: dispositions } = await api.get<{ items: Disposition[] }>(
      `/api/campaigns/${agent.campaignId}/dispositions`
    )
    for (;;) {
      const handout = await nextContact(api, agent.campaignId)
      if (!handout) break
      const scenario = scenarioOf(handout.contact.customFields.scenario)
      const dispositionId = dispositions.find(({ code }) => code === scenario.disposition)!.id
      const callId = await playCall(api, pbx, agent, handout, scenario, dispositionId)
      const call = { handoutId: handout.id, callId, scenario }
      played.push(call)
      onCall(call)
    }
    await api.delete('/api/agent/session')
  }
  await Promise.all(setup.agents.map(work))
  return played
}

/** Asks for the next contact; while the last call is still being ended, again in a moment. */
async function nextContact(api: Api, campaignId: number): Promise<Handout | null> {
  for (;;) {
    try {
      return (await api.post<{ handout: Handout | null }>('/api/handouts', { campaignId })).handout
    } catch (error) {
      if (!(error instanceof ApiError && error.code === 'CORE_CALL_ENDING')) throw error
      await sleep(lookEveryMs)
    }
  }
}

async function playCall(
  api: Api,
  pbx: ShiftPbx,
  agent: ShiftAgent,
  handout: Handout,
  scenario: Scenario,
  dispositionId: number
): Promise<string | null> {
  await pbx.phone(agent.extension, scenario.phone ?? 'answer')
  const callId = await dial(api, handout)
  if (callId !== null) {
    const early = scenario.qualify !== 'after'
    if (early && (await waitFor(api, callId, 'talking'))) {
      await api.put(`/api/handouts/${handout.id}/qualification`, { dispositionId, note: 'during the call' })
      if (scenario.qualify === 'talking') await finalise(api, handout.id)
    }
    await waitFor(api, callId, 'ended')
  }
  await finalise(api, handout.id, dispositionId)
  return callId
}

/**
 * Starts the call, once. The same key for the same call: a repeated request never rings the customer twice. When the
 * server died before it could answer, the hand-out tells what became of the request.
 */
async function dial(api: Api, handout: Handout): Promise<string | null> {
  for (let attempt = 1; ; attempt++) {
    if (handout.callId !== null) return handout.callId
    try {
      const path = `/api/handouts/${handout.id}/calls`
      return (await api.post<{ callId: string }>(path, {}, `call-${handout.id}-${attempt}`)).callId
    } catch (error) {
      if (!(error instanceof ApiError && unanswered.has(error.code)) || attempt > 3) throw error
    }
    for (let looks = 0; looks < 20; looks++) {
      const { handout: now } = await api.get<{ handout: Handout | null }>('/api/handouts/current')
      if (now?.callId) return now.callId
      if (now && now.callsMade > 0) return null
      await sleep(lookEveryMs)
    }
  }
}

/** A request with this key began and got no answer, or its call is under way. */
const unanswered = new Set(['CORE_REQUEST_IN_PROGRESS', 'CORE_AGENT_IN_CALL'])

/** Waits until the customer is heard or the call is over; false when it ended before anybody talked. */
async function waitFor(api: Api, callId: string, wanted: 'talking' | 'ended'): Promise<boolean> {
  const deadline = Date.now() + longestCallMs
  while (Date.now() < deadline) {
    const { live } = await api.get<{ live: { state: string } | null }>(`/api/calls/${callId}`)
    if (!live) return wanted === 'ended'
    if (wanted === 'talking' && live.state === 'talking') return true
    await sleep(lookEveryMs)
  }
  throw new Error(`Call ${callId} did not get to '${wanted}' within ${longestCallMs / 1000} s`)
}

/** Finalising what is finalised already is what was asked for. */
async function finalise(api: Api, handoutId: number, dispositionId?: number): Promise<void> {
  try {
    await api.post(
      `/api/handouts/${handoutId}/finalise`,
      dispositionId === undefined ? {} : { qualification: { dispositionId } }
    )
  } catch (error) {
    if (!(error instanceof ApiError && error.code === 'CORE_HANDOUT_ENDED')) throw error
  }
}
