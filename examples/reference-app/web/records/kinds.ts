import { rest } from '../rest.ts'
import { both, type Choice, type RecordKind } from './record-kind.ts'

interface Items<T> {
  readonly items: readonly T[]
}
interface Named {
  readonly id: number
  readonly name: string
}
export interface Site extends Named {
  readonly country: string
  readonly timeZone: string
  readonly callerId: string | null
  readonly trunks: readonly string[]
}
export interface User {
  readonly id: number
  readonly login: string
  readonly displayName: string
  readonly role: 'agent' | 'supervisor' | 'admin'
  readonly siteId: number | null
  readonly extension: string | null
  readonly active: boolean
}
export interface Campaign extends Named {
  readonly active: boolean
  readonly dialMode: 'manual' | 'preview' | 'direct' | 'progressive'
  readonly priority: number
}
interface Origin {
  readonly id: number
  readonly origin: string
}

/** Every page of a list. */
async function all<T>(path: string): Promise<T[]> {
  const rows: T[] = []
  for (let after: string | null = null; ; ) {
    const from: string = after === null ? '' : `&after=${encodeURIComponent(after)}`
    const answer: Items<T> & { readonly next?: string | number | null } = await rest(
      'GET',
      `${path}?limit=200${from}`
    )
    rows.push(...answer.items)
    if (answer.next == null) return rows
    after = String(answer.next)
  }
}

export const allSites = (): Promise<readonly Site[]> => all<Site>('/api/sites')
export const allUsers = (): Promise<User[]> => all<User>('/api/users')
export const allCampaigns = async (): Promise<readonly Campaign[]> =>
  (await rest<Items<Campaign>>('GET', '/api/campaigns')).items

const nobody: Choice = { value: null, label: '—' }
const named = (rows: readonly Named[]): readonly Choice[] =>
  rows.map(({ id, name }) => ({ value: id, label: name }))
const yesNo = (value: boolean, language: 'fr' | 'en'): string =>
  language === 'fr' ? (value ? 'oui' : 'non') : value ? 'yes' : 'no'

const roles = {
  agent: both('Agent', 'Agent'),
  supervisor: both('Supervisor', 'Superviseur'),
  admin: both('Administrator', 'Administrateur')
}
const dialModes = {
  manual: both('Manual: the agent chooses the contact', 'Manuel : l’agent choisit la fiche'),
  preview: both('Preview: the agent reads, then calls', 'Aperçu : l’agent lit, puis appelle'),
  direct: both(
    'Direct: the next contact is called at once',
    'Direct : la fiche suivante est appelée aussitôt'
  ),
  progressive: both('Progressive: called after a countdown', 'Progressif : appelée après un compte à rebours')
}
const choicesOf = (words: Readonly<Record<string, { fr: string; en: string }>>) => (language: 'fr' | 'en') =>
  Object.entries(words).map(([value, word]) => ({ value, label: word[language] }))

const name = { name: 'name', label: both('Name', 'Nom'), type: 'text', required: true } as const
const timeZone = {
  name: 'timeZone',
  label: both('Time zone', 'Fuseau horaire'),
  type: 'text',
  required: true,
  initial: 'Europe/Paris'
} as const
const country = {
  name: 'country',
  label: both('Country', 'Pays'),
  type: 'text',
  required: true,
  initial: 'FR',
  hint: both('Two letters: how numbers are read here', 'Deux lettres : comment les numéros se lisent ici')
} as const
const callerId = {
  name: 'callerId',
  label: both('Number shown to the called', 'Numéro présenté'),
  type: 'text',
  nullable: true
} as const

/** Users; deactivating one ends his sessions. */
export const users: RecordKind<User & { readonly site?: string }> = {
  title: both('Users', 'Utilisateurs'),
  add: both('Add a user', 'Ajouter un utilisateur'),
  async list() {
    const [people, sites] = await Promise.all([allUsers(), allSites()])
    return people.map(user => ({ ...user, site: sites.find(({ id }) => id === user.siteId)?.name ?? '' }))
  },
  columns: [
    { label: both('Name', 'Nom'), value: row => row.displayName },
    { label: both('Login', 'Identifiant'), value: row => row.login },
    { label: both('Role', 'Rôle'), value: (row, language) => roles[row.role][language] },
    { label: both('Site', 'Site'), value: row => row.site ?? '' },
    { label: both('Extension', 'Poste'), value: row => row.extension ?? '' },
    { label: both('Active', 'Actif'), value: (row, language) => yesNo(row.active, language) }
  ],
  fields: [
    { name: 'displayName', label: both('Name', 'Nom'), type: 'text', required: true },
    { name: 'login', label: both('Login', 'Identifiant'), type: 'text', required: true },
    {
      name: 'password',
      label: both('Password', 'Mot de passe'),
      type: 'password',
      required: true,
      only: 'new'
    },
    {
      name: 'password',
      label: both('New password', 'Nouveau mot de passe'),
      type: 'password',
      only: 'change',
      hint: both('Empty: stays as it is', 'Vide : inchangé')
    },
    {
      name: 'role',
      label: both('Role', 'Rôle'),
      type: 'choice',
      choices: choicesOf(roles),
      initial: 'agent'
    },
    {
      name: 'siteId',
      label: both('Site', 'Site'),
      type: 'choice',
      choices: async () => [nobody, ...named(await allSites())]
    },
    { name: 'extension', label: both('Extension', 'Poste'), type: 'text', nullable: true },
    { name: 'mobileNumber', label: both('Mobile', 'Mobile'), type: 'text', nullable: true },
    {
      name: 'mobileAllowed',
      label: both('May take calls on his mobile', 'Peut prendre ses appels sur son mobile'),
      type: 'yes'
    },
    { name: 'active', label: both('Active', 'Actif'), type: 'yes', only: 'change' }
  ],
  create: body => rest('POST', '/api/users', body),
  change: (id, body) => rest('PATCH', `/api/users/${id}`, body),
  remove: null
}

/** Sites: where agents work, and by which trunks they go out. */
export const sites: RecordKind<Site> = {
  title: both('Sites', 'Sites'),
  add: both('Add a site', 'Ajouter un site'),
  list: allSites,
  columns: [
    { label: both('Name', 'Nom'), value: row => row.name },
    { label: both('Country', 'Pays'), value: row => row.country },
    { label: both('Time zone', 'Fuseau'), value: row => row.timeZone },
    { label: both('Number shown', 'Numéro présenté'), value: row => row.callerId ?? '' },
    { label: both('Trunks, in order', 'Trunks, dans l’ordre'), value: row => row.trunks.join(', ') }
  ],
  fields: [
    name,
    country,
    timeZone,
    callerId,
    {
      name: 'trunks',
      label: both('Trunks', 'Trunks'),
      type: 'list',
      hint: both(
        'In the order to be tried, divided by commas',
        'Dans l’ordre des essais, séparées par des virgules'
      )
    }
  ],
  create: body => rest('POST', '/api/sites', body),
  change: (id, body) => rest('PATCH', `/api/sites/${id}`, body),
  remove: id => rest('DELETE', `/api/sites/${id}`)
}

/** A person as he is chosen: what sets him apart is said. */
const person = ({ id, displayName, role, active }: User, language: 'fr' | 'en'): Choice => {
  const apart = [role === 'agent' ? '' : roles[role][language], active ? '' : inactive[language]]
  const note = apart.filter(Boolean).join(', ')
  return { value: id, label: note === '' ? displayName : `${displayName} (${note})` }
}
const agentsFirst = (a: User, b: User): number => Number(a.role !== 'agent') - Number(b.role !== 'agent')
const inactive = both('not active', 'inactif')

/** Campaigns, and who works in them: everybody can be chosen, as whoever is not on the list is taken out. */
export const campaigns: RecordKind<Campaign> = {
  title: both('Campaigns', 'Campagnes'),
  add: both('Add a campaign', 'Ajouter une campagne'),
  list: allCampaigns,
  columns: [
    { label: both('Name', 'Nom'), value: row => row.name },
    { label: both('Active', 'Active'), value: (row, language) => yesNo(row.active, language) },
    {
      label: both('Dialling', 'Numérotation'),
      value: (row, language) => dialModes[row.dialMode][language].split(/\s?:/)[0] ?? ''
    },
    { label: both('Priority', 'Priorité'), value: row => row.priority, end: true }
  ],
  fields: [
    name,
    { name: 'active', label: both('Active', 'Active'), type: 'yes', initial: true },
    {
      name: 'dialMode',
      label: both('Dialling', 'Numérotation'),
      type: 'choice',
      choices: choicesOf(dialModes),
      initial: 'preview'
    },
    {
      name: 'priority',
      label: both('Priority', 'Priorité'),
      type: 'number',
      hint: both('Low is served first', 'Le plus petit est servi d’abord')
    },
    country,
    timeZone,
    callerId,
    {
      name: 'dispositionSetId',
      label: both('Dispositions', 'Qualifications'),
      type: 'choice',
      choices: async () => [
        nobody,
        ...named((await rest<Items<Named>>('GET', '/api/disposition-sets')).items)
      ]
    },
    { name: 'wrapUpSeconds', label: both('Wrap-up, seconds', 'Post-appel, secondes'), type: 'number' },
    { name: 'ringSeconds', label: both('Ringing, seconds', 'Sonnerie, secondes'), type: 'number' },
    {
      name: 'maxAttempts',
      label: both('Attempts per contact', 'Tentatives par fiche'),
      type: 'number',
      nullable: true,
      hint: both('Empty: no limit', 'Vide : sans limite')
    },
    {
      name: 'agentIds',
      label: both('Who works in it', 'Qui y travaille'),
      type: 'several',
      only: 'change',
      choices: async language => (await allUsers()).sort(agentsFirst).map(user => person(user, language))
    }
  ],
  values: async row => ({ ...row, ...(await rest<object>('GET', `/api/campaigns/${row.id}/agents`)) }),
  create: body => rest('POST', '/api/campaigns', body),
  async change(id, body, done) {
    const { agentIds, ...campaign } = body as { agentIds: number[] } // this kind's form
    await rest('PATCH', `/api/campaigns/${id}`, campaign)
    done(both('Saved, but not who works in it.', 'Enregistrée, mais pas la liste de qui y travaille.'))
    await rest('PUT', `/api/campaigns/${id}/agents`, { agentIds })
  },
  remove: null
}

/** Origins whose pages may embed the elements. */
export const origins: RecordKind<Origin> = {
  title: both('Pages that may embed', 'Pages autorisées à intégrer'),
  add: both('Add an origin', 'Ajouter une origine'),
  list: async () => (await rest<Items<Origin>>('GET', '/api/origins')).items,
  columns: [{ label: both('Origin', 'Origine'), value: row => row.origin }],
  fields: [
    {
      name: 'origin',
      label: both('Origin', 'Origine'),
      type: 'text',
      required: true,
      hint: both('Such as https://crm.example.com', 'Par exemple https://crm.example.com')
    }
  ],
  create: body => rest('POST', '/api/origins', body),
  change: null,
  remove: id => rest('DELETE', `/api/origins/${id}`)
}
