import type {
  AgentStateName,
  BoardRow,
  CallView,
  Handout,
  LastCall,
  Me,
  PauseReason,
  QuotaRow,
  Station
} from '@evscallpro/api-client'

/** Time stands here, so that pictures are the same tomorrow: a Saturday, 14:32:16 in Paris. */
export const now = Date.parse('2026-11-21T13:32:16Z')
const ago = (seconds: number): string => new Date(now - seconds * 1000).toISOString()
const ahead = (seconds: number): string => ago(-seconds)

export const agent = (
  state: AgentStateName,
  seconds: number,
  extra: Partial<Me['agent']> = {}
): Me['agent'] => ({
  agentId: 7,
  state,
  cause: 'test',
  since: ago(seconds),
  revision: 1,
  pauseReason: null,
  pauseRequested: null,
  station: 'mobile',
  campaignIds: null,
  ...extra
})

export const handout: Handout = {
  id: 31,
  campaignId: 3,
  campaignName: 'Rentrée 2026',
  why: {
    cause: 'callback',
    priority: 2,
    attempts: 1,
    lastAttemptAt: ago(86_400),
    promisedFor: '2026-11-21T13:25:00Z',
    promisedBy: 'Sonia Marchand'
  },
  grantedAt: ago(18),
  expiresAt: ahead(102),
  callId: null,
  callsMade: 0,
  dispositionId: null,
  note: null,
  callbackAt: null,
  callbackPersonal: false,
  dialAt: null,
  nextNumber: '+33261915578',
  quotaFull: false,
  finalised: false,
  contact: {
    id: 4217,
    campaignId: 3,
    externalId: 'C-004217',
    firstName: 'Hélène',
    lastName: 'Lefèvre',
    company: null,
    phones: ['+33261915578', '+33639984120'],
    email: null,
    address: '12, rue des Lices',
    postalCode: '49100',
    city: 'Angers',
    country: 'FR',
    language: 'fr',
    timeZone: 'Europe/Paris',
    customFields: { Abonnement: 'Depuis mars 2021', Région: 'Ouest' },
    attempts: 1
  },
  dispositions: [
    ['sale', 'Accord', 'Agreed', true, false, false],
    ['callback', 'À rappeler', 'Call back', false, true, false],
    ['absent', 'Absent, rappeler plus tard', 'Absent, try later', false, false, false],
    ['refused', 'Refus', 'Refused', false, false, false],
    ['stop', 'Ne plus appeler', 'Do not call again', false, false, true],
    ['wrong', 'Hors cible', 'Out of scope', false, false, false]
  ].map(([code, labelFr, labelEn, positive, callback, stop], i) => ({
    id: i + 1,
    code: String(code),
    labelFr: String(labelFr),
    labelEn: String(labelEn),
    positive: positive === true,
    callback: callback === true,
    stop: stop === true
  }))
}

const leg = (state: CallView['agentLeg']['state'], seconds: number): CallView['agentLeg'] => ({
  state,
  since: ago(seconds)
})

export const call = (state: CallView['state'], extra: Partial<CallView> = {}): CallView => ({
  callId: '0192e4a0-0000-7000-8000-000000000001',
  direction: 'outbound',
  state,
  number: '+33261915578',
  campaignId: 3,
  contactId: 4217,
  handoutId: 31,
  station: 'mobile',
  accept: 'key',
  acceptUntil: null,
  acceptedBy: null,
  attempt: 1,
  requestedAt: ago(20),
  talkingSince: null,
  agentLeg: leg('ringing', 7),
  customerLeg: { state: 'none', since: null },
  held: false,
  heldSince: null,
  muted: false,
  recording: 'off',
  hangupRequested: false,
  capabilities: ['hangup'],
  revision: 1,
  ...extra
})

export const calls = {
  ringing: call('ringing_agent'),
  key: call('awaiting_acceptance', { acceptUntil: ahead(9) }),
  screen: call('awaiting_acceptance', {
    accept: 'screen',
    acceptUntil: ahead(9),
    capabilities: ['accept', 'hangup']
  }),
  dialling: call('ringing_customer', {
    agentLeg: leg('accepted', 16),
    customerLeg: leg('ringing', 14),
    capabilities: ['hangup', 'mute']
  }),
  talking: call('talking', {
    talkingSince: ago(252),
    agentLeg: leg('talking', 252),
    customerLeg: leg('talking', 252),
    capabilities: ['hangup', 'hold', 'mute', 'digits']
  }),
  muted: call('talking', {
    talkingSince: ago(260),
    muted: true,
    capabilities: ['hangup', 'hold', 'unmute', 'digits']
  }),
  held: call('talking', {
    talkingSince: ago(290),
    held: true,
    heldSince: ago(38),
    capabilities: ['hangup', 'resume', 'mute', 'digits']
  })
} satisfies Record<string, CallView>

export const lastCall = (outcome: string, talkMs: number): LastCall => ({
  callId: '0192e4a0-0000-7000-8000-000000000001',
  handoutId: 31,
  number: '+33261915578',
  outcome,
  endedBy: 'customer',
  startedAt: ago(400),
  endedAt: ago(12),
  talkMs,
  holdMs: 0
})

export const stations: readonly Station[] = [
  { name: 'extension', available: true, reason: null },
  { name: 'mobile', available: true, reason: null },
  {
    name: 'webrtc',
    available: false,
    reason: {
      fr: 'Aucun téléphone n’est enregistré sous le poste 2001 : allumez-le et vérifiez ses réglages',
      en: 'No phone is registered under extension 2001: start it, and look at its settings'
    }
  }
]

export const pauseReasons: readonly PauseReason[] = [
  { code: 'coffee', labelFr: 'Pause café', labelEn: 'Coffee', paid: true, maxMinutes: 10 },
  { code: 'lunch', labelFr: 'Déjeuner', labelEn: 'Lunch', paid: false, maxMinutes: 45 },
  { code: 'training', labelFr: 'Formation', labelEn: 'Training', paid: true, maxMinutes: null },
  {
    code: 'manager',
    labelFr: 'Rendez-vous avec l’encadrant',
    labelEn: 'Meeting',
    paid: true,
    maxMinutes: null
  }
]

/** An agent with everything that a shift needs, and nothing going on. */
export const me: Me = {
  agent: agent('ready', 42),
  call: null,
  lastCall: null,
  handout: null,
  wrapUp: null,
  stations,
  campaigns: [
    { id: 3, name: 'Rentrée 2026', dialMode: 'preview' },
    { id: 4, name: 'Renouvellements', dialMode: 'progressive' }
  ],
  pauseReasons
}

const people = [
  'Nadia Roussel',
  'Thomas Girard',
  'Inès Moreau',
  'Hugo Lambert',
  'Claire Dubois',
  'Karim Benali',
  'Sonia Marchand',
  'Paul Lefort',
  'Awa Diallo',
  'Julie Perrin',
  'Eva Klein',
  'Léo Fabre',
  'Mina Tran',
  'Olivier Caron',
  'Marc Olivier',
  'Zoé Picard',
  'Yann Le Goff'
]
const floor: readonly (readonly [AgentStateName, number])[] = [
  ['phone_lost', 221],
  ['wrap_up', 266],
  ['paused', 1072],
  ['disconnected_ui', 48],
  ['talking', 728],
  ['talking', 391],
  ['talking', 252],
  ['talking', 237],
  ['talking', 80],
  ['dialling_customer', 19],
  ['agent_accepted', 3],
  ['ringing_agent', 11],
  ['reserved', 34],
  ['wrap_up', 41],
  ['ready', 118],
  ['ready', 24],
  ['paused', 370]
]
const sites = ['Lyon', 'Angers', 'Dakar', 'Télétravail']

export const boardRow = (i: number, [state, seconds]: readonly [AgentStateName, number]): BoardRow => ({
  agentId: i + 1,
  displayName: people[i] ?? `Agent ${i + 1}`,
  siteId: (i % 4) + 1,
  siteName: sites[i % 4]!,
  state,
  since: ago(seconds),
  pauseReason: state === 'paused' ? 'coffee' : null,
  pauseRequested: i === 6 ? 'lunch' : null,
  pauseLabels:
    state === 'paused'
      ? { fr: 'Pause café', en: 'Coffee' }
      : i === 6
        ? { fr: 'Déjeuner', en: 'Lunch' }
        : null,
  station: i % 3 ? 'mobile' : 'extension',
  campaignId: 3,
  campaignName: i % 2 ? 'Rentrée 2026' : 'Renouvellements',
  callId: null,
  revision: 1
})
export const board: readonly BoardRow[] = floor.map((row, i) => boardRow(i, row))

const quota = (
  id: number,
  label: string,
  limit: number,
  completed: number,
  reserved: number,
  forecast: Partial<QuotaRow['forecast']> = {}
): QuotaRow => ({
  id,
  campaignId: 3,
  label,
  field: 'postal_code',
  operator: 'starts_with',
  values: ['49'],
  mode: 'strict',
  limit,
  state: 'active',
  completed,
  reserved,
  remaining: limit - completed - reserved,
  contactsLeft: 800,
  forecast: { state: 'unknown', at: null, contacts: null, reason: null, ...forecast },
  revision: 1
})
export const quotas: readonly QuotaRow[] = [
  quota(1, 'Ouest · 18–34', 150, 87, 9, { state: 'fills', at: '2026-11-21T16:40:00Z' }),
  quota(2, 'Ouest · 35–49', 200, 188, 6),
  quota(3, 'Ouest · 50+', 200, 196, 4),
  quota(4, 'Sud · 18–34', 150, 150, 0, { state: 'full' }),
  quota(5, 'Sud · 35–49', 200, 121, 14, { state: 'short', contacts: 40 }),
  { ...quota(6, 'Sud · 50+', 200, 42, 3), state: 'building' },
  quota(7, 'Nord · 18–34', 1500, 640, 8)
]

export const history = {
  items: [
    ['2026-11-21T16:58:00Z', 'outbound', 'answered', 2, 106_000],
    ['2026-11-19T11:10:00Z', 'outbound', 'no_answer', null, 0],
    ['2026-11-04T08:22:00Z', 'inbound', 'answered', 4, 309_000],
    ['2026-09-12T16:40:00Z', 'outbound', 'busy', null, 0]
  ].map(([startedAt, direction, outcome, dispositionId, talkMs], i) => ({
    callId: `0192e4a0-0000-7000-8000-00000000010${i}`,
    campaignId: 3,
    contactId: 4217,
    handoutId: 20 + i,
    agentId: i === 2 ? 12 : 7,
    agentName: i === 2 ? 'Jeanne Robin' : 'Sonia Marchand',
    direction,
    number: i === 3 ? '+33639984120' : '+33261915578',
    outcome,
    endedBy: 'customer',
    startedAt,
    endedAt: startedAt,
    talkMs,
    holdMs: 0,
    dispositionId
  })),
  next: null
}
