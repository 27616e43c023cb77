import { ApiError } from '@evscallpro/api-client'
import { french, type Language } from './language.ts'
import type { Failure } from './rest.ts'

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
  [/^is already taken$/, 'This is taken already.', 'Déjà pris.'],
  [/^must be an IANA time zone/, 'A time zone such as Europe/Paris.', 'Un fuseau comme Europe/Paris.'],
  [
    /^is not a country code of ISO 3166-1$/,
    'Two letters of a country, such as FR.',
    'Les deux lettres d’un pays, comme FR.'
  ],
  [
    /^(?:must be a|holds what is no|is no) telephone number/,
    'Not a telephone number. Write it as +33 1 …',
    'Pas un numéro de téléphone. Écrivez-le comme +33 1 …'
  ],
  [
    /^must name at least one number/,
    'Give at least one number, or let it show what it is asked for.',
    'Donnez au moins un numéro, ou laissez-la présenter celui demandé.'
  ],
  [
    /^is a short number/,
    'A short number: only phones dial those.',
    'Un numéro court : seuls les postes les composent.'
  ],
  [/^is neither a contact column/, 'Contacts have no such field.', 'Les fiches n’ont pas ce champ.'],
  [/^(?:is missing|needs the key)/, 'Name a field of the contacts.', 'Nommez un champ des fiches.'],
  [/^is empty/, 'Give the value to compare with.', 'Donnez la valeur à comparer.'],
  [
    /^must be one value/,
    'One value only; for several choose “is one of”.',
    'Une seule valeur ; sinon « est parmi ».'
  ],
  [/^has its bounds reversed/, 'Put the lower bound first.', 'Mettez la borne inférieure d’abord.'],
  [/^must be a number, /, 'A number, such as 12.5.', 'Un nombre, comme 12.5.'],
  [/^must be a date /, 'A date, such as 2026-03-31.', 'Une date, comme 2026-03-31.'],
  [/^must be a whole number from 1/, 'A whole number from 1.', 'Un nombre entier à partir de 1.'],
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

/** Refusals by the server's stable code. */
const refusals: Readonly<Record<string, readonly [en: string, fr: string]>> = {
  CORE_ADMIN_ONLY: [
    'Only an administrator may change administrators.',
    'Seul un administrateur peut modifier des administrateurs.'
  ],
  CORE_LAST_ADMIN: [
    'This is the last active administrator. Make another user one first.',
    'C’est le dernier administrateur actif. Nommez-en d’abord un autre.'
  ],
  CORE_SITE_IN_USE: [
    'This site is still in use. Move its users to another site first.',
    'Ce site sert encore. Déplacez d’abord ses utilisateurs.'
  ],
  CORE_ORIGIN_INVALID: [
    'Not an origin. Write it as https://crm.example.com.',
    'Pas une origine. Écrivez-la comme https://crm.example.com.'
  ],
  CORE_CAMPAIGN_RESERVED: ['This campaign belongs to the system.', 'Cette campagne appartient au système.'],
  CORE_REFERENCE_UNKNOWN: [
    'Something it refers to does not exist any more. Reload the page.',
    'Un élément auquel elle renvoie n’existe plus. Rechargez la page.'
  ],
  CORE_CALLBACK_NOT_OPEN: [
    'This callback is not open any more: it was served or given up.',
    'Ce rappel n’est plus ouvert : il a été servi ou abandonné.'
  ],
  TRUNKS_NAME_TAKEN: ['There is a trunk of this name already.', 'Un trunk de ce nom existe déjà.'],
  TRUNKS_TRUNK_IN_USE: [
    'Sites still go out by this trunk. Take it out of their list first.',
    'Des sites sortent encore par ce trunk. Retirez-le d’abord de leur liste.'
  ],
  EXTENSIONS_ACCOUNT_EXISTS: ['There is an account already.', 'Un compte existe déjà.'],
  EXTENSIONS_PBX_AWAY: [
    'The PBX does not answer now. Try again in a moment.',
    'Le PABX ne répond pas. Réessayez dans un instant.'
  ]
}

/** Others, by what kind of refusal they are. */
const kinds: Readonly<Record<number, readonly [en: string, fr: string]>> = {
  400: ['This is not accepted. Check what you entered.', 'Refusé. Vérifiez votre saisie.'],
  401: ['Your sign-in has ended. Sign in again.', 'Votre session a expiré. Reconnectez-vous.'],
  403: ['You are not allowed to do this.', 'Vous n’en avez pas le droit.'],
  404: ['This does not exist any more.', 'Cet élément n’existe plus.'],
  409: [
    'This cannot be done in its present state. Look again, then retry.',
    'Impossible dans l’état actuel. Regardez, puis réessayez.'
  ],
  412: [
    'Someone else changed this meanwhile. Open it again.',
    'Modifié entre-temps par un autre. Rouvrez-le.'
  ],
  422: ['This is not accepted. Check what you entered.', 'Refusé. Vérifiez votre saisie.'],
  429: [
    'Too many attempts. Wait a minute, then try again.',
    'Trop d’essais. Attendez une minute, puis réessayez.'
  ]
}
const failed = [
  'The server failed. Try again in a moment.',
  'Le serveur a échoué. Réessayez dans un instant.'
] as const
const unanswered = [
  'The server does not answer. Try again when the connection is back.',
  'Le serveur ne répond pas. Réessayez quand la connexion revient.'
] as const

/** What a request ended with, in the language of the page. */
export function refusal(failure: Failure, language: Language): string {
  const [en, fr] =
    failure instanceof ApiError ? (refusals[failure.code] ?? kinds[failure.status] ?? failed) : unanswered
  return language === 'fr' ? french(fr) : en
}

/** What is wrong with a field of the form: the field, and the sentence in the language of the page. */
export function wrongFields(
  failure: Failure | null,
  language: Language
): readonly { readonly field: string; readonly sentence: string }[] {
  const errors = failure instanceof ApiError ? failure.errors : []
  return errors.map(({ pointer, detail }) => {
    const field = pointer.split('/')[1] ?? ''
    const said = detail.startsWith(`${field} `) ? detail.slice(field.length + 1) : detail
    const sentence = inWords(said, language)
    const unknown = sentence === said && language === 'fr'
    return { field, sentence: unknown ? 'Cette valeur n’est pas acceptée.' : sentence }
  })
}

/** The server's sentence in the language of the page; one that is not known here stays as it came. */
export function inWords(said: string, language: Language): string {
  for (const [pattern, en, fr] of sentences)
    if (pattern.test(said)) return said.replace(pattern, language === 'fr' ? french(fr) : en)
  return said
}
