import type { AgentStateName, Live, Session } from '@evscallpro/api-client'
import { html, nothing, type TemplateResult } from 'lit/html.js'
import { EvsElement } from '../base/element.ts'
import { clockTime } from '../format/duration.ts'
import { button } from '../style/button.ts'
import { connection } from '../style/connection.ts'
import { type Drawing, type IconName, icon } from '../style/icon.ts'
import { clockIcon, linkIcon, refreshIcon } from '../style/more-icons.ts'
import { toneColour } from '../style/tone-colour.ts'
import { linkWords } from '../text/link-words.ts'

const onLine: readonly AgentStateName[] = ['agent_accepted', 'dialling_customer', 'talking']

/**
 * The link to the server: online with its delay, slow, or offline since when; and whether the agent's phone is reached.
 *
 * @element evs-connection-status
 * @attr {boolean} compact - Without the delay and the phone
 * @fires {CustomEvent} evs-retry - The person asks to try now
 * @csspart base - The whole line
 * @csspart text - What is so
 */
export class EvsConnectionStatus extends EvsElement {
  static override properties = { compact: { type: Boolean } }
  static override styles = [EvsElement.styles, toneColour, button, connection]

  declare compact: boolean

  constructor() {
    super()
    this.compact = false
  }

  protected override reads(session: Session): readonly Live<unknown>[] {
    return [session.agent, session.tab]
  }

  protected override runs(): boolean {
    return !this.online
  }

  protected override render(): TemplateResult {
    const { current } = this
    if (!current) return this.unconnected()
    const { state, since, retryAt, latencyMs } = current.connection.value
    const down = state === 'offline' || state === 'refused' || state === 'idle'
    const [colour, name]: [string, IconName | Drawing] =
      state === 'online' ? ['positive', linkIcon] : down ? ['danger', 'linkoff'] : ['warning', clockIcon]
    const facts = [state === 'online' || state === 'degraded' ? this.#delay(latencyMs) : '', this.#phone()]
    const tail =
      this.compact || down
        ? ''
        : facts
            .filter(Boolean)
            .map(fact => ` · ${fact}`)
            .join('')
    const retry =
      down && state !== 'refused'
        ? html`<button type="button" class="btn btn--quiet" @click=${() => this.#retry(current)}>${icon(refreshIcon, true)}${this.text(linkWords, 'retry')}</button>`
        : nothing
    return html`<span class="conn st-${colour}" part="base">${icon(name, true)}<span part="text"><span role="status">${this.#word(state)}</span>${state === 'offline' ? html` <span class="num">${clockTime(Date.now() - since)}</span>` : nothing}${tail}${state === 'offline' && retryAt !== null ? html` · ${this.text(linkWords, 'retryIn', { n: Math.max(0, Math.ceil((retryAt - Date.now()) / 1000)) })}` : nothing}</span>${retry}</span>`
  }

  #word(state: Session['connection']['value']['state']): string {
    switch (state) {
      case 'online':
        return this.text(linkWords, 'online')
      case 'degraded':
        return this.text(linkWords, 'slow')
      case 'refused':
        return this.text(linkWords, 'refused')
      case 'connecting':
        return this.text(linkWords, 'connecting')
      default:
        return this.text(linkWords, 'offlineSince')
    }
  }

  #delay(ms: number | null): string {
    return ms === null ? '' : `${Math.round(ms)}\u00a0ms`
  }

  #phone(): string {
    const state = this.current?.agent.value?.state
    if (state === 'phone_lost') return this.text(linkWords, 'phoneLost')
    // Only somebody on the line shows that it is reached: before a call nobody has tried.
    return state && onLine.includes(state) ? this.text(linkWords, 'phoneReached') : ''
  }

  #retry(session: Session): void {
    this.dispatchEvent(new CustomEvent('evs-retry'))
    session.connect()
    session.wake()
  }
}
