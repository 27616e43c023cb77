import { randomInt } from 'node:crypto'
import { createUser, type PluginScope } from '@evscallpro/core'
import type { Knex } from 'knex'
import { type FloorAccount, floorPeople } from './floor/floor-people.ts'

/** The accounts of a demo: for people, printed at the start, and for its simulated agents. */
export interface DemoAccounts {
  readonly people: DemoAccount[]
  readonly floor: FloorAccount[]
}

export interface DemoAccount {
  readonly login: string
  readonly password: string
  readonly role: 'agent' | 'supervisor' | 'admin'
}

/** Numbers of the kind reserved for fiction in France; the last four digits say how the simulated customer behaves. */
const number = (behaviour: string): string => `+3319900${behaviour}`

/** What demo customers do, and how many of a hundred do it. */
const behaviours: readonly (readonly [share: number, behaviour: () => string])[] = [
  [46, () => `10${two(randomInt(5, 60))}`], // answers, talks so many seconds, hangs up
  [12, () => '1105'], // rings 5 s, answers, waits for the agent to end
  [16, () => '2103'], // no answer
  [11, () => '2002'], // busy
  [5, () => '2302'], // rejects
  [6, () => '2400'], // not allocated
  [2, () => '2200'], // congestion
  [2, () => '2600'] // out of order
]
const two = (value: number): string => String(value).padStart(2, '0')

function someBehaviour(): string {
  let at = randomInt(0, 100)
  for (const [share, behaviour] of behaviours) {
    if (at < share) return behaviour()
    at -= share
  }
  return '1010'
}

const sites = [
  { name: 'Paris', trunks: ['trunk-site-a', 'trunk-site-b'], callerId: '+33199000001' },
  { name: 'Lyon', trunks: ['trunk-site-b', 'trunk-site-a'], callerId: '+33199000002' },
  { name: 'Marseille', trunks: ['trunk-site-down', 'trunk-site-a'], callerId: '+33199000003' }
]

/** Gateways, each at its site; the third is switched on and never answers, as one in the field does one day. */
const gateways = [
  { name: 'trunk-site-a', label: 'Passerelle Paris', site: 0, channels: 8 },
  { name: 'trunk-site-b', label: 'Passerelle Lyon', site: 1, channels: 8 },
  { name: 'trunk-site-down', label: 'Passerelle Marseille', site: 2, channels: 4 }
]

const people: readonly {
  login: string
  name: string
  role: DemoAccount['role']
  /** null: he sees every site. */
  site: number | null
  extension?: string
}[] = [
  { login: 'admin', name: 'Adèle Admin', role: 'admin', site: 0 },
  { login: 'superviseur', name: 'Samir Superviseur', role: 'supervisor', site: null },
  { login: 'agent1', name: 'Alice Martin', role: 'agent', site: 0, extension: '1001' },
  { login: 'agent2', name: 'Benoît Leroy', role: 'agent', site: 0, extension: '1002' },
  { login: 'agent3', name: 'Chloé Garnier', role: 'agent', site: 1, extension: '1003' },
  { login: 'agent4', name: 'David Moreau', role: 'agent', site: 1, extension: '1004' },
  { login: 'agent5', name: 'Emma Rousseau', role: 'agent', site: 2, extension: '1005' },
  { login: 'agent6', name: 'Farid Benali', role: 'agent', site: 2, extension: '1006' }
]

const dispositions = [
  { code: 'sale', labelFr: 'Vente', labelEn: 'Sale', positive: true },
  { code: 'refusal', labelFr: 'Refus', labelEn: 'Refusal' },
  { code: 'callback', labelFr: 'Rappel', labelEn: 'Callback', callback: true },
  { code: 'no_answer', labelFr: 'Pas de réponse', labelEn: 'No answer', retryAfterMinutes: 120 },
  { code: 'busy', labelFr: 'Occupé', labelEn: 'Busy', retryAfterMinutes: 15 },
  { code: 'wrong_number', labelFr: 'Faux numéro', labelEn: 'Wrong number' },
  { code: 'technical', labelFr: 'Incident technique', labelEn: 'Technical fault', retryAfterMinutes: 30 },
  { code: 'do_not_call', labelFr: 'Ne plus appeler', labelEn: 'Do not call again', stop: true }
]

const firstNames = [
  'Anne',
  'Bruno',
  'Camille',
  'Denis',
  'Élodie',
  'François',
  'Gaëlle',
  'Hugo',
  'Inès',
  'Julien',
  'Karim',
  'Léa'
]
const lastNames = [
  'Bernard',
  'Dubois',
  'Lefèvre',
  'Girard',
  'Mercier',
  'Noël',
  'Petit',
  'Robert',
  'Simon',
  'Vidal'
]
const cities = [
  ['75011', 'Paris'],
  ['69003', 'Lyon'],
  ['13006', 'Marseille'],
  ['59000', 'Lille'],
  ['35000', 'Rennes'],
  ['44000', 'Nantes']
] as const

/** Rules of the first campaign: one that fills in a demo, one on a custom field, one that counts positives only. */
const quotaRules = [
  { label: 'Paris', field: 'postal_code', operator: 'starts_with', value: '75', limit: 12 },
  { label: 'Rhône', field: 'postal_code', operator: 'starts_with', value: '69', limit: 6 },
  { label: 'Nord et Ouest', field: 'city', operator: 'in', value: ['Lille', 'Rennes', 'Nantes'], limit: 40 },
  {
    label: 'Contrats C-1…',
    field: 'custom_fields.numero_de_contrat',
    operator: 'starts_with',
    value: 'C-1',
    limit: 60,
    mode: 'soft'
  }
]

/** Whether the database holds nobody yet. */
export async function isEmpty(db: Knex): Promise<boolean> {
  return (await db('core.users').first('id')) === undefined
}

/**
 * Fills an empty database through the API with sites, people, campaigns, contacts and quota rules, and returns the accounts. Only the
 * first administrator is made directly: somebody has to sign in first. `withFloor`: simulated agents too.
 */
export async function seedDemo(
  app: PluginScope,
  newPassword: () => string,
  contactsPerCampaign = 1000,
  withFloor = true,
  onProgress: (step: string) => void = () => {}
): Promise<DemoAccounts> {
  const { db, clock } = app.kernel
  const accounts = people.map(({ login, role }) => ({ login, role, password: newPassword() }))
  const [first] = people
  await createUser(db, clock.now(), {
    login: first!.login,
    displayName: first!.name,
    role: 'admin',
    password: accounts[0]!.password
  })
  let token: string | undefined
  const login = { login: first!.login, password: accounts[0]!.password }
  token = (await request<{ token: string }>('POST', '/api/auth/login', login)).token

  onProgress('sites and people')
  const siteIds: number[] = []
  for (const site of sites) {
    const { id } = await request<{ id: number }>('POST', '/api/sites', {
      ...site,
      country: 'FR',
      timeZone: 'Europe/Paris'
    })
    siteIds.push(id)
  }
  const trunkIds = new Map<string, number>()
  for (const { site, ...gateway } of gateways) {
    const trunk = { ...gateway, siteId: siteIds[site]! }
    trunkIds.set(gateway.name, (await request<{ id: number }>('POST', '/api/trunks', trunk)).id)
  }
  for (const [i, { trunks }] of sites.entries()) {
    const routes = trunks.map(name => ({ trunkId: trunkIds.get(name)! }))
    await request('PUT', `/api/trunks/sites/${siteIds[i]!}`, { routes })
  }
  const agentIds: number[] = []
  for (const [i, { login, name, role, site, extension }] of people.entries()) {
    if (i === 0) continue
    const { id } = await request<{ id: number }>('POST', '/api/users', {
      login,
      displayName: name,
      role,
      password: accounts[i]!.password,
      ...(site !== null && { siteId: siteIds[site]! }),
      ...(extension !== undefined && { extension })
    })
    if (role === 'agent') agentIds.push(id)
  }

  const floor: FloorAccount[] = []
  for (const { login, name, site, extension } of withFloor ? floorPeople : []) {
    const account = { login, password: newPassword() }
    const user = { ...account, displayName: name, role: 'agent', siteId: siteIds[site]!, extension }
    agentIds.push((await request<{ id: number }>('POST', '/api/users', user)).id)
    floor.push(account)
  }

  const set = await request<{ id: number }>('POST', '/api/disposition-sets', { name: 'Standard' })
  for (const disposition of dispositions)
    await request('POST', `/api/disposition-sets/${set.id}/dispositions`, disposition)

  for (const { name, dialMode, rules } of [
    { name: 'Ventes T4', dialMode: 'preview', rules: quotaRules },
    { name: 'Satisfaction client', dialMode: 'direct', rules: [] }
  ]) {
    onProgress(`campaign ${name}: ${contactsPerCampaign} contacts`)
    const campaign = await request<{ id: number }>('POST', '/api/campaigns', {
      name,
      dialMode,
      country: 'FR',
      timeZone: 'Europe/Paris',
      dispositionSetId: set.id
    })
    await request('PUT', `/api/campaigns/${campaign.id}/agents`, { agentIds })
    const contacts = Array.from({ length: contactsPerCampaign }, (_, i) => contact(`${campaign.id}-${i + 1}`))
    await request('POST', `/api/campaigns/${campaign.id}/contacts`, { contacts })
    for (const rule of rules) await request('POST', `/api/quotas/campaigns/${campaign.id}/rules`, rule)
  }
  return { people: accounts, floor }

  async function request<T>(method: 'POST' | 'PUT', url: string, payload: object): Promise<T> {
    const headers = token === undefined ? {} : { authorization: `Bearer ${token}` }
    const response = await app.inject({ method, url, payload, headers })
    if (response.statusCode >= 300)
      throw new Error(`The demo could not be made: ${method} ${url}: ${response.body}`)
    return response.json()
  }
}

function contact(externalId: string) {
  const pick = <T>(list: readonly T[]): T => list[randomInt(list.length)]!
  const [postalCode, city] = pick(cities)
  return {
    externalId,
    firstName: pick(firstNames),
    lastName: pick(lastNames),
    phones: [number(someBehaviour())],
    postalCode,
    city,
    country: 'FR',
    customFields: { numero_de_contrat: `C-${randomInt(100_000, 999_999)}` }
  }
}
