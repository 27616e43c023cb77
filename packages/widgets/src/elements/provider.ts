import {
  type Connection,
  type HostEvent,
  openSession,
  type Session,
  type SideEffect
} from '@evscallpro/api-client'
import { html, type TemplateResult } from 'lit/html.js'
import { version } from '../base/define.ts'
import { type PropertyValues, ReactiveElement } from '../base/reactive.ts'
import { offerSession, withdrawSession } from '../base/session-scope.ts'
import { tablesBrought } from '../base/tables.ts'
import { expandTemplate, popAddress } from './screen-pop.ts'

/** When the page of the contact is opened. */
const moments = ['offered', 'ringing', 'connected', 'ended', 'never'] as const
/** A session is kept this long after its provider left the page: a provider that is moved comes back at once. */
const keepMs = 1000

/**
 * The connection to the call centre, for the elements inside it and, as the page's default, for those outside. Shows
 * nothing itself. Tells the host what happens, and rings and opens pages only in the tab that the server elected.
 *
 * @element evs-provider
 * @attr {string} base-url - Address of the server; default: the page's own origin
 * @attr {boolean} no-default - Serve only the elements inside
 * @attr {string} screen-pop - URI template of the contact's page: `/contacts{?phone,callId,contactId,externalId}`
 * @attr {'offered'|'ringing'|'connected'|'ended'|'never'} screen-pop-on - When it is opened; default `connected`
 * @attr {string} screen-pop-target - `event`: only tell (default), `same`: this page, else the name of a window
 * @attr {string} screen-pop-origins - Other origins that may be opened, by spaces
 * @attr {string} ringtone-src - A sound to play while the agent's phone rings; without it there is none
 * @fires {CustomEvent<{state: string, since: number, retryAt: number|null}>} evs-connection-change - The link changed; bubbles
 * @fires {CustomEvent<{reason: string|null}>} evs-auth-required - The token was refused; bubbles
 * @fires {CustomEvent<{leader: boolean, tabs: number}>} evs-leader-change - Whether this tab rings and opens pages; bubbles
 * @fires {CustomEvent} evs-ready - The first state is here; bubbles
 * @fires {CustomEvent<{url: string|null, phone: string|null, callId: string|null, contactId: number|null, externalId: string|null, trigger: string, eventId: string}>} evs-screen-pop - In one tab only: open the contact; cancelable, bubbles
 * @fires {CustomEvent} evs-log-call - In one tab only: a call to write down has ended; bubbles
 * @fires {CustomEvent} evs-agent-state-change - And the other events of the host contract, in every tab; they bubble
 * @slot - The elements it serves
 */
export class EvsProvider extends ReactiveElement {
  static readonly version: string = version
  static override properties = {
    session: { attribute: false },
    getToken: { attribute: false },
    baseUrl: { attribute: 'base-url' },
    noDefault: { type: Boolean, attribute: 'no-default' },
    screenPop: { attribute: 'screen-pop' },
    screenPopOn: { attribute: 'screen-pop-on' },
    screenPopTarget: { attribute: 'screen-pop-target' },
    screenPopOrigins: { attribute: 'screen-pop-origins' },
    ringtoneSrc: { attribute: 'ringtone-src' }
  }

  /** The connection; set by the provider from `getToken`, or by the host (a mock session, a session shared by several). */
  declare session: Session | null
  /** Asks the host's back end for a token; called at the start, before a token ends, and when one is refused. */
  declare getToken: (() => Promise<string>) | null
  declare baseUrl: string
  declare noDefault: boolean
  declare screenPop: string
  declare screenPopOn: string
  declare screenPopTarget: string
  declare screenPopOrigins: string
  declare ringtoneSrc: string
  #endings: (() => void)[] = []
  #followed: Session | null = null
  /** Made here, so to be ended here. */
  #own: Session | null = null
  #leaving: ReturnType<typeof setTimeout> | null = null
  #sound: HTMLAudioElement | null = null
  /** The call whose ring is this tab's. */
  #ours: string | null = null
  #ringing = false

  constructor() {
    super()
    this.session = null
    this.getToken = null
    this.baseUrl = ''
    this.noDefault = false
    this.screenPop = ''
    this.screenPopOn = 'connected'
    this.screenPopTarget = 'event'
    this.screenPopOrigins = ''
    this.ringtoneSrc = ''
  }

  /** The commands of the session (dial, hangup, requestNext …); throws a sentence while there is none. */
  get commands(): Session['commands'] {
    if (!this.session) throw new Error('<evs-provider> has no session yet: set its property getToken first')
    return this.session.commands
  }

  connect(): void {
    this.session?.connect()
  }

  /** Ends the connection of this page; the call and the agent's state are untouched. */
  disconnect(): void {
    this.session?.disconnect()
  }

  async whenReady(): Promise<void> {
    await this.updateComplete
    await this.session?.whenReady()
  }

  override connectedCallback(): void {
    super.connectedCallback()
    // Back after it was gone for good: its own session begins again.
    if (this.#own && this.#followed === null) this.#own.connect()
    if (this.#leaving) clearTimeout(this.#leaving)
    this.#leaving = null
    if (this.session) this.#follow(this.session)
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback()
    this.#leaving = setTimeout(() => {
      this.#unfollow()
      withdrawSession(this)
      this.#own?.disconnect()
    }, keepMs)
  }

  protected override willUpdate(changed: PropertyValues): void {
    if (
      (changed.has('getToken') || changed.has('baseUrl')) &&
      this.getToken &&
      (!this.session || this.session === this.#own)
    ) {
      this.#own?.disconnect()
      // Asked through the element, so that a host that replaces getToken later is heard.
      this.#own = openSession(
        {
          baseUrl: this.baseUrl || location.origin,
          getToken: async () => (await this.getToken?.()) ?? ''
        },
        tablesBrought
      )
      this.session = this.#own
      this.#own.connect()
    }
    if (this.session && this.session !== this.#followed && this.isConnected) this.#follow(this.session)
  }

  protected override render(): TemplateResult {
    return html`<slot></slot>`
  }

  #follow(session: Session): void {
    if (this.#followed === session) {
      offerSession(this, !this.noDefault)
      return
    }
    this.#unfollow()
    this.#followed = session
    const focus = (): void => session.setFocus(document.hasFocus())
    const wake = (): void => {
      if (document.visibilityState === 'visible') session.wake()
    }
    const on = (target: EventTarget, type: string, listener: () => void): (() => void) => {
      target.addEventListener(type, listener)
      return () => target.removeEventListener(type, listener)
    }
    this.#endings = [
      session.onEvent(event => this.#host(event, session)),
      session.onSideEffect(effect => this.#act(effect, session)),
      session.connection.subscribe(connection => {
        this.#ring(session)
        this.#connection(connection)
      }),
      session.tab.subscribe(({ leader, tabs }) => this.#tell('evs-leader-change', { leader, tabs })),
      session.call.subscribe(() => this.#ring(session)),
      on(window, 'focus', focus),
      on(window, 'blur', focus),
      on(window, 'online', wake),
      on(document, 'visibilitychange', wake)
    ]
    offerSession(this, !this.noDefault)
    focus()
    session.whenReady().then(
      () => {
        if (this.#followed === session) this.#tell('evs-ready', {})
      },
      // evs-auth-required has said it already.
      () => {}
    )
  }

  #unfollow(): void {
    for (const end of this.#endings) end()
    this.#endings = []
    this.#followed = null
    this.#ringing = false
    this.#sound?.pause()
  }

  #connection(connection: Connection): void {
    const { state, since, retryAt, reason } = connection
    this.#tell('evs-connection-change', { state, since, retryAt })
    if (state === 'refused') this.#tell('evs-auth-required', { reason })
  }

  #host({ name, eventId, occurredAt, replayed, detail }: HostEvent, session: Session): void {
    const { id, leader } = session.tab.value
    this.#tell(`evs-${name}`, { ...detail, eventId, occurredAt, replayed, tab: { id, leader } })
  }

  #act(effect: SideEffect, session: Session): void {
    const { milestone, eventId, callId, contactId, externalId, number: phone } = effect
    if (milestone === 'ringing') {
      this.#ours = callId
      this.#ring(session)
    }
    if (milestone === 'ended') this.#tell('evs-log-call', { ...effect })
    const trigger = (moments as readonly string[]).includes(this.screenPopOn) ? this.screenPopOn : 'connected'
    if (milestone !== trigger) return
    const expanded =
      this.screenPop && expandTemplate(this.screenPop, { phone, callId, contactId, externalId })
    const url = expanded ? popAddress(expanded, location.href, this.screenPopOrigins.split(/\s+/)) : null
    const go = this.#tell(
      'evs-screen-pop',
      { url, phone, callId, contactId, externalId, trigger, eventId },
      true
    )
    if (!go || !url || this.screenPopTarget === 'event') return
    if (this.screenPopTarget === 'same') location.assign(url)
    else window.open(url, this.screenPopTarget === 'new' ? '_blank' : this.screenPopTarget)
  }

  /** Plays while the phone rings and the server says so: on a broken link nobody knows whether it still does. */
  #ring({ call, connection }: Session): void {
    const { state } = connection.value
    const known = state === 'online' || state === 'degraded'
    const rings = known && call.value?.state === 'ringing_agent' && call.value.callId === this.#ours
    if (rings === this.#ringing) return
    this.#ringing = rings
    if (!rings) this.#sound?.pause()
    if (!rings || !this.ringtoneSrc) return
    this.#sound ??= new Audio()
    this.#sound.src = this.ringtoneSrc
    this.#sound.loop = true
    // Browsers refuse sound before the first click on the page; what rings is seen as well.
    this.#sound.play().catch(() => {})
  }

  #tell(type: string, detail: object, cancelable = false): boolean {
    return this.dispatchEvent(new CustomEvent(type, { detail, bubbles: true, composed: true, cancelable }))
  }
}
