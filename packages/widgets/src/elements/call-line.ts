import type { CallState, CallView, Session } from '@evscallpro/api-client'
import { html, type TemplateResult } from 'lit/html.js'
import { clockTime, spokenTime } from '../format/duration.ts'
import { type GlyphName, icon } from '../style/icon.ts'
import type { Language } from '../text/words.ts'

type End = 'on' | 'off' | 'ring'
type Span = 'full' | 'dial' | 'none'

/** How the line between the two is drawn. */
export interface Wire {
  /** Name of the state colour and of the glyph. */
  readonly state: GlyphName
  readonly you: End
  readonly them: End
  readonly span: Span
  /** What the timer counts from. */
  readonly since: string
}

const drawing: Record<CallState, readonly [GlyphName, End, End, Span]> = {
  requested: ['ringing_agent', 'off', 'off', 'none'],
  ringing_agent: ['ringing_agent', 'ring', 'off', 'none'],
  awaiting_acceptance: ['ringing_agent', 'ring', 'off', 'none'],
  agent_accepted: ['agent_accepted', 'on', 'off', 'none'],
  dialling_customer: ['dialling_customer', 'on', 'off', 'dial'],
  ringing_customer: ['dialling_customer', 'on', 'ring', 'dial'],
  talking: ['talking', 'on', 'on', 'full']
}

/** The drawing of a call in flight. */
export function wireOf(call: CallView): Wire {
  const [state, you, them, span] = drawing[call.state]
  const leg = you === 'on' ? call.customerLeg : call.agentLeg
  const since = call.held ? call.heldSince : call.talkingSince
  return { state: call.held ? 'hold' : state, you, them, span, since: since ?? leg.since ?? call.requestedAt }
}

const node = (kind: End): TemplateResult => html`<span class="node node--${kind}"></span>`
const span = (kind: Span): TemplateResult =>
  html`<span class=${kind === 'full' ? 'span' : `span span--${kind}`}></span>`

/** The line with its timer; `say` puts the time into a sentence for those who hear it. */
export function wire(
  { you, them, span: kind, since, state }: Wire,
  session: Session,
  language: Language,
  say: (time: string) => string
): TemplateResult {
  const elapsed = (): number => session.now() - Date.parse(since)
  const timer = html`<span class="timer num" part="timer" role="timer" aria-label=${say(spokenTime(elapsed(), language))}>${clockTime(elapsed())}</span>`
  const mark = state === 'hold' ? html`<span class="timer timer--mark">${icon('hold')}${timer}</span>` : timer
  return html`<div class="wire">${node(you)}${span(kind)}${mark}${span(kind)}${node(them)}</div>`
}

/** A line that is gone, with the time it lasted. */
export const cutWire = (talkMs: number): TemplateResult =>
  html`<div class="wire">${node('off')}${span('none')}<span class="timer timer--mark">${icon('x', true)}<span class="timer num" part="timer">${clockTime(talkMs)}</span></span>${span('none')}${node('off')}</div>`
