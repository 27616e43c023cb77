import type { Handout } from '@evscallpro/api-client'
import { html, nothing, type TemplateResult } from 'lit/html.js'
import { spokenMoment } from '../format/moment.ts'
import { icon } from '../style/icon.ts'
import { clockIcon, listIcon, lockIcon, userIcon } from '../style/more-icons.ts'
import type { contactWords } from '../text/contact-words.ts'
import { type Language, plural } from '../text/words.ts'

type Key = keyof (typeof contactWords)['en']

/** Why this contact is in the agent's hands: what the server decided by, in sentences. */
export function whyContact(
  { why, quotaFull, campaignName }: Handout,
  now: number,
  language: Language,
  say: (key: Key, values?: Readonly<Record<string, string | number>>) => string
): TemplateResult {
  const moment = (at: string | null): string => (at ? spokenMoment(at, now, language) : '')
  const cause = say(`why_${why.cause}`, {
    n: why.priority,
    when: moment(why.cause === 'callback' ? why.promisedFor : why.lastAttemptAt),
    who: why.promisedBy ?? say('byTeam')
  })
  const attempts =
    why.attempts === 0
      ? say('neverCalled')
      : say(plural(language, 'attempt', why.attempts), { n: why.attempts })
  return html`<ul class="why" part="reason"><li>${icon(why.cause === 'callback' ? clockIcon : listIcon, true)}<span>${cause}</span></li><li>${icon(userIcon, true)}<span>${campaignName} · ${attempts}</span></li>${quotaFull ? html`<li>${icon(lockIcon, true)}<span>${say('quotaFull')}</span></li>` : nothing}</ul>`
}
