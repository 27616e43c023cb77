import { definePlugin, trunkSelectors } from '@evscallpro/core'
import { mobileCallback, type SiteSettings } from '@evscallpro/plugin-mobile-callback'
import { loginAs, makeSite, type Teardown } from '@evscallpro/testing'
import { ask, type Floor, type Lab, openFloor, recordOf, until } from './asterisk-floor.ts'

/** Agents' mobiles are behind gateway A, customers behind B: so tones tell them apart. */
const mobilesByA = definePlugin({
  name: 'mobiles-by-a',
  version: '0.1.0',
  setup(_scope, { fill }) {
    fill(trunkSelectors, {
      name: 'mobiles-by-a',
      select: ({ number }) => [
        {
          trunk: number.startsWith('+99893') ? 'trunk-site-a' : 'trunk-site-b',
          number: number.slice(1),
          callerId: '998712000001'
        }
      ]
    })
  }
})

export const mobilePlugins = [mobileCallback(), mobilesByA()]

export const openMobileFloor = (t: Teardown, lab: Lab, amiPort?: number): Promise<Floor> =>
  openFloor(t, lab, { plugins: mobilePlugins, ...(amiPort !== undefined && { amiPort }) })

let agents = 100

/**
 * An agent of a site of his own, at work on his mobile, which behaves as the last four digits of its number say. It is
 * vouched for.
 */
export async function mobileAgent(
  floor: Floor,
  behaviour: string,
  settings: Partial<SiteSettings>
): Promise<Floor> {
  const { app } = floor
  const siteId = await makeSite(app, { trunks: ['trunk-site-a'], country: 'UZ' })
  const admin = await loginAs(app, 'admin')
  if (Object.keys(settings).length > 0)
    await ask(floor, admin, 'PATCH', `/api/mobile-callback/sites/${siteId}`, settings)
  const agent = await loginAs(app, 'agent', {
    siteId,
    mobileNumber: `+99893${++agents}${behaviour}`,
    mobileAllowed: true
  })
  await ask(floor, admin, 'PUT', `/api/mobile-callback/users/${agent.userId}/verification`, {
    reason: 'the laboratory knows its numbers'
  })
  const own = { ...floor, agent, siteId }
  await ask(own, agent, 'PUT', '/api/agent/session', { station: 'mobile' })
  return own
}

export const stateOf = async (floor: Floor): Promise<{ state: string; handoutId: number | null }> =>
  ask(floor, floor.agent, 'GET', '/api/agent/state')

export const phoneOf = async (
  floor: Floor
): Promise<{ state: string; kind: string | null; attempt: number }> =>
  ask(floor, floor.agent, 'GET', '/api/agent/phone')

/** A customer behind gateway B. */
export const customer = (behaviour: string): string => `+99890123${behaviour}`

export const dial = async (floor: Floor, number: string): Promise<string> =>
  (await ask<{ callId: string }>(floor, floor.agent, 'POST', '/api/calls', { number })).callId

/** The row of a call, with its legs. */
export async function played(
  floor: Floor,
  callId: string
): Promise<Record<string, unknown> & { legs: string[] }> {
  const record = await recordOf(floor, callId)
  const legs = await floor.app.kernel
    .db('core.call_history_legs')
    .where({ call_id: callId })
    .orderBy('leg')
    .pluck('leg')
  return { ...record, legs }
}

/** Contacts in a campaign of this agent alone, the first of them in his hands. */
export async function handedOut(
  floor: Floor,
  ...numbers: string[]
): Promise<{ id: number; contactId: number }> {
  const admin = await loginAs(floor.app, 'admin')
  const campaign = await ask<{ id: number }>(floor, admin, 'POST', '/api/campaigns', {
    name: `campaign of ${floor.agent.userId}`,
    dialMode: 'preview',
    timeZone: 'Asia/Tashkent',
    country: 'UZ',
    active: true
  })
  await ask(floor, admin, 'PUT', `/api/campaigns/${campaign.id}/agents`, { agentIds: [floor.agent.userId] })
  await ask(floor, admin, 'POST', `/api/campaigns/${campaign.id}/contacts`, {
    contacts: numbers.map(number => ({ phones: [number] }))
  })
  const { handout } = await ask<{ handout: { id: number; contact: { id: number } } }>(
    floor,
    floor.agent,
    'POST',
    '/api/handouts',
    { campaignId: campaign.id }
  )
  return { id: handout.id, contactId: handout.contact.id }
}

export const becomes = (floor: Floor, state: string): Promise<void> =>
  until(async () => (await stateOf(floor)).state === state)
