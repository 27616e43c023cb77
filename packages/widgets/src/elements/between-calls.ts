import type { AgentStateName, Handout, LastCall, Session } from '@evscallpro/api-client'
import { html, nothing, type TemplateResult } from 'lit/html.js'
import { contactName } from '../format/contact-name.ts'
import { clockTime } from '../format/duration.ts'
import { exactHour } from '../format/moment.ts'
import { readableNumber } from '../format/phone-number.ts'
import { stateName } from '../format/state-name.ts'
import { type GlyphName, glyph } from '../style/icon.ts'
import type { barWords } from '../text/bar-words.ts'
import { isOutcome, type OutcomeKey } from '../text/outcome-words.ts'
import type { Language } from '../text/words.ts'
import { cutWire } from './call-line.ts'

type Key = keyof (typeof barWords)['en']

/** What the bar gives to those who draw what is on it. */
export interface BarPen {
  readonly session: Session
  readonly language: Language
  say(key: Key, values?: Readonly<Record<string, string>>): string
  state(name: AgentStateName): string
  outcome(key: OutcomeKey): string
  /** Calls the contact in hand, or nothing where another element offers it. */
  callButton(name: string): TemplateResult | typeof nothing
  /** Leads to the qualification, where it stands on the same page. */
  qualifyButton(): TemplateResult | typeof nothing
  /** The time in the agent's state is shown: where no other element does, and while it is known that it still is his. */
  readonly timed: boolean
}

/** State, line, controls and end of the bar in their frame. */
export function frame(
  colour: string,
  state: {
    readonly form: 'solid' | 'open' | 'hold'
    readonly glyph: GlyphName
    readonly word: string
    readonly hint: unknown
  },
  line: unknown,
  controls: unknown,
  end: unknown = nothing
): TemplateResult {
  const form = state.form === 'solid' ? '' : ` bar__state--${state.form}`
  return html`<div class="bar__in st-${colour}"><div class="bar__state${form}"><span class="bar__word">${glyph(state.glyph)}<span>${state.word}</span></span><span class="bar__hint">${state.hint}</span></div>${line}${controls}${end}</div>`
}

/** Empty it takes no room. */
const controls = (content: TemplateResult | typeof nothing): TemplateResult =>
  html`<div class="bar__controls">${content}</div>`

const sentence = (title: string, sub: string): TemplateResult =>
  html`<div class="line line--solo"><p class="leg"><span class="leg__name">${title}</span><span class="leg__sub">${sub}</span></p></div>`

/** The bar without a call: what the agent waits for, or how the last call ended. */
export function betweenCalls(pen: BarPen): TemplateResult {
  const { session } = pen
  const state = session.agent.value?.state ?? 'offline'
  const handout = session.handout.value
  const last = session.lastCall.value
  const ofThis = last && handout && last.handoutId === handout.id ? last : null
  if (state === 'wrap_up') return ended(pen, handout, ofThis)
  if (state === 'reserved' && handout && ofThis) return failed(pen, handout, ofThis)
  return idle(pen, state, handout)
}

function idle(pen: BarPen, state: AgentStateName, handout: Handout | null): TemplateResult {
  const { session, say } = pen
  const agent = session.agent.value
  const name = handout ? contactName(handout.contact) : ''
  const sub: Partial<Record<AgentStateName, Key>> = {
    offline: 'offDutyHint',
    paused: 'pausedHint',
    phone_lost: 'lostHint'
  }
  const counted = agent && pen.timed && state !== 'offline'
  const hint = html`${counted ? html`<span class="num">${clockTime(session.now() - Date.parse(agent.since))}</span>${handout ? ' · ' : ''}` : nothing}${handout?.campaignName ?? nothing}`
  return frame(
    state,
    { form: 'open', glyph: state, word: stateName(session, pen.language, pen.state), hint },
    sentence(
      say(state === 'offline' ? 'offDuty' : 'noCall'),
      say(sub[state] ?? (handout ? 'nextReady' : 'askNext'), { name })
    ),
    controls(pen.callButton(name))
  )
}

function ended(pen: BarPen, handout: Handout | null, last: LastCall | null): TemplateResult {
  const { say } = pen
  const number = readableNumber(last?.number ?? '')
  const name = handout ? contactName(handout.contact) : number
  const how = last && isOutcome(last.outcome) ? pen.outcome(last.outcome) : nothing
  const sub = last && last.talkMs > 0 ? say('talked', { time: clockTime(last.talkMs) }) : number
  // Nobody hung up where nobody talked: then it says how the call ended.
  const hint = last && last.talkMs > 0 ? say(`endedBy_${last.endedBy}`, { name }) : how
  const line = html`<div class="line"><div class="leg" part="leg"><span class="leg__name">${say('you')}</span><span class="leg__sub">${hint === how ? nothing : how}</span></div>${cutWire(last?.talkMs ?? 0)}<div class="leg leg--them" part="leg"><span class="leg__name">${name}</span><span class="leg__sub num">${sub}</span></div></div>`
  return frame(
    'wrap_up',
    { form: 'open', glyph: 'wrap_up', word: say('ended'), hint },
    line,
    controls(pen.qualifyButton())
  )
}

function failed(pen: BarPen, handout: Handout, last: LastCall): TemplateResult {
  const { say } = pen
  const name = contactName(handout.contact)
  const how = isOutcome(last.outcome) ? pen.outcome(last.outcome) : last.outcome
  const hint = html`<span class="num">${exactHour(last.endedAt, pen.language)}</span>`
  return frame(
    'danger',
    { form: 'open', glyph: 'phone_lost', word: say('notConnected'), hint },
    sentence(how, say('keptForYou', { name })),
    controls(pen.callButton(name))
  )
}
