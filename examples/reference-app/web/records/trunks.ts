import { rest } from '../rest.ts'
import { inWords } from '../server-says.ts'
import { allSites, type Site } from './kinds.ts'
import { both, type RecordKind } from './record-kind.ts'

interface Trunk {
  readonly id: number
  readonly name: string
  readonly label: string
  readonly siteId: number
  readonly channels: number
  readonly enabled: boolean
  readonly health: {
    readonly state: 'up' | 'down' | 'missing' | 'unknown'
    readonly attempts: number
    readonly answered: number
    readonly down: string | null
  }
}

const health = {
  up: both('up', 'joignable'),
  down: both('down', 'hors service'),
  missing: both('not on the PBX', 'absent du PABX'),
  unknown: both('not known', 'inconnu')
}
const modes = {
  any: both('shows what it is asked for', 'présente le numéro demandé'),
  listed: both('shows one of its own', 'présente un des siens'),
  sim: both('always shows its first', 'présente toujours son premier')
}

/** Trunks: the ways out, with what is known of their health. */
export const trunks: RecordKind<Trunk & { readonly site: Site | undefined }> = {
  title: both('Trunks', 'Trunks'),
  add: both('Add a trunk', 'Ajouter un trunk'),
  async list() {
    const [{ items }, sites] = await Promise.all([rest<{ items: Trunk[] }>('GET', '/api/trunks'), allSites()])
    return items.map(trunk => ({ ...trunk, site: sites.find(({ id }) => id === trunk.siteId) }))
  },
  columns: [
    { label: both('Name', 'Nom'), value: row => row.label },
    { label: both('On the PBX', 'Sur le PABX'), value: row => row.name },
    { label: both('Site', 'Site'), value: row => row.site?.name ?? '' },
    { label: both('Channels', 'Canaux'), value: row => row.channels, end: true },
    {
      label: both('Health', 'État'),
      value: (row, language) =>
        row.enabled
          ? row.health.down === null
            ? health[row.health.state][language]
            : inWords(row.health.down, language)
          : both('switched off', 'désactivé')[language]
    },
    {
      label: both('Answered, 30 min', 'Décrochés, 30 min'),
      value: row => `${row.health.answered} / ${row.health.attempts}`,
      end: true
    }
  ],
  fields: [
    { name: 'label', label: both('Name', 'Nom'), type: 'text', required: true },
    {
      name: 'name',
      label: both('Endpoint on the PBX', 'Point d’accès sur le PABX'),
      type: 'text',
      required: true,
      hint: both('Begins with trunk-', 'Commence par trunk-')
    },
    {
      name: 'siteId',
      label: both('Site', 'Site'),
      type: 'choice',
      choices: async () => (await allSites()).map(({ id, name }) => ({ value: id, label: name }))
    },
    {
      name: 'channels',
      label: both('Calls at the same time', 'Appels simultanés'),
      type: 'number',
      required: true
    },
    {
      name: 'callerIdMode',
      label: both('Number it shows', 'Numéro présenté'),
      type: 'choice',
      initial: 'any',
      choices: language => Object.entries(modes).map(([value, word]) => ({ value, label: word[language] }))
    },
    {
      name: 'callerIds',
      label: both('Its numbers', 'Ses numéros'),
      type: 'list',
      hint: both('Divided by commas', 'Séparés par des virgules')
    },
    { name: 'enabled', label: both('In use', 'En service'), type: 'yes', initial: true }
  ],
  create: body => rest('POST', '/api/trunks', body),
  change: (id, body) => rest('PATCH', `/api/trunks/${id}`, body),
  remove: id => rest('DELETE', `/api/trunks/${id}`)
}
