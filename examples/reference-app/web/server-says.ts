import { french, type Language } from './language.ts'

/** What the server says of a field, a trunk or a way out, as this page says it; `$1` is what it names. */
const sentences: readonly (readonly [said: RegExp, en: string, fr: string])[] = [
  [/^is required$/, 'Fill this in.', 'À remplir.'],
  [/^must NOT have fewer than 1 characters$/, 'Fill this in.', 'À remplir.'],
  [/^must NOT have fewer than (\d+) characters$/, 'At least $1 characters.', 'Au moins $1 caractères.'],
  [/^must NOT have more than (\d+) characters$/, 'At most $1 characters.', 'Au plus $1 caractères.'],
  [/^must NOT have fewer than (\d+) items$/, 'At least $1.', 'Au moins $1.'],
  [/^must be >= (-?\d+)$/, 'At least $1.', 'Au moins $1.'],
  [/^must be <= (-?\d+)$/, 'At most $1.', 'Au plus $1.'],
  [/^must be (?:integer|number)$/, 'A whole number.', 'Un nombre entier.'],
  [/^must match pattern/, 'Not in the form that is expected here.', 'N’a pas la forme attendue ici.'],
  [/^by (.+)$/, 'Goes by $1', 'Passe par $1'],
  [/^the site has no way out$/, 'The site has no way out', 'Le site n’a aucune sortie'],
  [/^the campaign asks for it$/, 'number of the campaign', 'numéro de la campagne'],
  [/^the site asks for it$/, 'number of the site', 'numéro du site'],
  [
    /^the (?:campaign|site) asks for it, and the trunk has it$/,
    'the number asked for is its own',
    'le numéro demandé est un des siens'
  ],
  [
    /^neither campaign nor site asks for one$/,
    'nobody asks for a number: its first',
    'aucun numéro n’est demandé : son premier'
  ],
  [
    /^neither campaign nor site nor trunk has a number to show$/,
    'there is no number to show',
    'il n’y a aucun numéro à présenter'
  ],
  [
    /^cannot show the number that the campaign asks for$/,
    'cannot show the number of the campaign',
    'ne peut pas présenter le numéro de la campagne'
  ],
  [
    /^a SIM card shows its own number$/,
    'a SIM card shows its own number',
    'une carte SIM présente son numéro'
  ],
  [
    /^the trunk may not show the site's number$/,
    'may not show the number of the site',
    'ne peut pas présenter le numéro du site'
  ],
  [/^has no number to show$/, 'has no number to show', 'n’a aucun numéro à présenter'],
  [
    /^would show the called party his own number$/,
    'would show the called party his own number',
    'présenterait à l’appelé son propre numéro'
  ],
  [/^the trunk is switched off$/, 'switched off', 'désactivée'],
  [/^not for (\w+) numbers$/, 'not for $1 numbers', 'pas pour ce type de numéro ($1)'],
  [
    /^the site's fail-over is off: only its first way counts$/,
    'the site uses its first way only',
    'le site n’utilise que sa première sortie'
  ],
  [
    /^its prefix rules make another number of this one$/,
    'its prefix rules make another number of this one',
    'ses règles de préfixe en font un autre numéro'
  ],
  [/^all its channels are taken$/, 'all its channels are taken', 'tous ses canaux sont pris'],
  [/^its gateway does not answer$/, 'its gateway does not answer', 'sa passerelle ne répond pas'],
  [/^the PBX has no endpoint of this name$/, 'not on the PBX', 'absente du PABX'],
  [
    /^(\d+) of its last (\d+) calls in (\d+) min were answered$/,
    '$1 of its last $2 calls were answered',
    '$1 de ses $2 derniers appels décrochés'
  ]
]

/** The server's sentence in the language of the page; one that is not known here stays as it came. */
export function inWords(said: string, language: Language): string {
  for (const [pattern, en, fr] of sentences)
    if (pattern.test(said)) return said.replace(pattern, language === 'fr' ? french(fr) : en)
  return said
}
