import { rest } from '../rest.ts'
import { both, type RecordKind } from './record-kind.ts'

interface Rule {
  readonly id: number
  readonly label: string | null
  readonly field: string
  readonly operator: string
  readonly values: readonly (string | number)[]
  readonly limit: number
  readonly mode: 'strict' | 'soft'
}

const operators = {
  equals: both('is', 'est'),
  not_equals: both('is not', 'n’est pas'),
  starts_with: both('starts with', 'commence par'),
  contains: both('contains', 'contient'),
  in: both('is one of', 'est parmi'),
  lt: both('is below', 'est inférieur à'),
  lte: both('is at most', 'est au plus'),
  gt: both('is above', 'est supérieur à'),
  gte: both('is at least', 'est au moins'),
  between: both('is between', 'est entre'),
  is_set: both('is filled in', 'est renseigné')
}
const modes = {
  strict: both('Strict, never above', 'Stricte, jamais au-delà'),
  soft: both('Soft, positive calls only', 'Souple, appels positifs seulement')
}
const lists: readonly string[] = ['in', 'between']
type Operator = keyof typeof operators

/** What the API wants: one value, a list for some operators, none for `is_set`. */
function toBody(fields: object): object {
  const { value, ...rest } = fields as { operator: string; value: string[] } & Record<string, unknown> // this kind's form
  if (rest.operator === 'is_set') return rest
  return { ...rest, value: lists.includes(rest.operator) ? value : value.join(', ') }
}

/** The quota rules of one campaign. Counters are the server's and never part of an edit. */
export const quotaRules = (campaignId: number): RecordKind<Rule> => ({
  title: both('Quota rules', 'Règles de quota'),
  add: both('Add a rule', 'Ajouter une règle'),
  list: async () =>
    (await rest<{ items: Rule[] }>('GET', `/api/quotas/campaigns/${campaignId}/rules?limit=1000`)).items,
  columns: [
    { label: both('Name', 'Nom'), value: row => row.label ?? `${row.field} ${row.operator}` },
    {
      label: both('Contacts whose', 'Fiches dont'),
      value: (row, language) =>
        `${row.field} ${operators[row.operator as Operator][language]} ${row.values.join(', ')}`
    },
    { label: both('Limit', 'Limite'), value: row => row.limit, end: true }
  ],
  fields: [
    { name: 'label', label: both('Name', 'Nom'), type: 'text', nullable: true },
    {
      name: 'field',
      label: both('Field', 'Champ'),
      type: 'text',
      required: true,
      hint: both('postal_code, city … or custom_fields.<key>', 'postal_code, city … ou custom_fields.<clé>')
    },
    {
      name: 'operator',
      label: both('Condition', 'Condition'),
      type: 'choice',
      initial: 'equals',
      choices: language =>
        Object.entries(operators).map(([value, word]) => ({ value, label: word[language] }))
    },
    {
      name: 'value',
      label: both('Value', 'Valeur'),
      type: 'list',
      hint: both('Several divided by commas', 'Plusieurs séparées par des virgules')
    },
    { name: 'limit', label: both('Limit', 'Limite'), type: 'number', required: true },
    {
      name: 'mode',
      label: both('How it counts', 'Comptage'),
      type: 'choice',
      initial: 'strict',
      hint: both('Strict: calls in progress count too', 'Stricte : les appels en cours comptent aussi'),
      choices: language => Object.entries(modes).map(([value, word]) => ({ value, label: word[language] }))
    }
  ],
  values: ({ values, ...rule }) => ({ ...rule, value: values }),
  create: body => rest('POST', `/api/quotas/campaigns/${campaignId}/rules`, toBody(body)),
  change: (id, body) => rest('PATCH', `/api/quotas/rules/${id}`, toBody(body)),
  remove: id => rest('DELETE', `/api/quotas/rules/${id}`)
})
