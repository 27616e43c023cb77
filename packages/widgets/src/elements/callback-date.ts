import { html, nothing, type TemplateResult } from 'lit/html.js'
import { hourOf, zoneName } from '../format/moment.ts'
import { addDays, instantOf, type WallTime, wallTime } from '../format/zone-time.ts'
import type { Language } from '../text/words.ts'
import type { wrapWords } from '../text/wrap-words.ts'
import type { WrapDraft } from './wrap-draft.ts'

type Key = keyof (typeof wrapWords)['en']

interface CallbackFields {
  readonly draft: WrapDraft
  /** IANA zone of the contact; null: it is not known, the agent's own holds. */
  readonly zone: string | null
  readonly now: number
  readonly language: Language
  readonly invalid: boolean
  say(key: Key, values?: Readonly<Record<string, string>>): string
  change(part: Partial<WrapDraft>): void
}

/** Times that are often promised, on the contact's wall clock. */
export function presets(now: number, zone: string | null): readonly (readonly [Key, WallTime])[] {
  const today = wallTime(now, zone)
  const weekday = new Date(`${today.date}T12:00:00Z`).getUTCDay()
  // On a Sunday the next Monday is tomorrow.
  const toMonday = (8 - weekday) % 7 || 7
  return [
    ['inOneHour', wallTime(now + 3_600_000, zone)],
    ['tomorrow', addDays({ ...today, time: '10:00' }, 1)],
    ['monday', addDays({ ...today, time: '09:00' }, toMonday)]
  ]
}

/** Date and hour of a callback in the contact's time, and who calls. */
export function callbackDate(fields: CallbackFields): TemplateResult {
  const { draft, zone, now, language, say, change, invalid } = fields
  const at = instantOf(draft, zone)
  const here = at === null ? '' : hourOf(at, language)
  const elsewhere = zone !== null && at !== null && here !== hourOf(at, language, zone)
  const value = (event: Event): string => (event.target as HTMLInputElement).value // listens on inputs only
  const wrong = invalid ? 'true' : nothing
  return html`<div class="row">${presets(now, zone).map(([key, wall]) => html`<button type="button" class="btn" @click=${() => change(wall)}>${say(key, { time: wall.time })}</button>`)}</div><div class="pair"><div class="field"><label for="date">${say('date')}</label><input class="input num" id="date" type="date" min=${wallTime(now, zone).date} aria-invalid=${wrong} .value=${draft.date} @change=${(event: Event) => change({ date: value(event) })}></div><div class="field"><label for="time">${say('contactTime')}</label><input class="input num" id="time" type="time" aria-invalid=${wrong} .value=${draft.time} @change=${(event: Event) => change({ time: value(event) })}></div></div>${elsewhere ? html`<p class="hint">${say('hereTime', { zone: zoneName(zone, now, language), time: here })}</p>` : nothing}<fieldset class="field"><legend class="label">${say('who')}</legend><span class="seg">${([true, false] as const).map(personal => html`<label><input type="radio" name="who" .checked=${draft.personal === personal} @change=${() => change({ personal })}>${say(personal ? 'me' : 'team')}</label>`)}</span></fieldset>`
}
