import { deriveEvents, type Known } from './derive-events.ts'
import { createExecutor, type Executor } from './executor.ts'
import type { RowsFrame, ServerFrame } from './frame.ts'
import type { HostEvent, SideEffect } from './host-event.ts'
import { createLink } from './link.ts'
import { Listeners } from './listeners.ts'
import { LiveValue } from './live.ts'
import { createMeValues } from './me-values.ts'
import type { BoardRow, CampaignRow, LiveCall, Me, Profile, QuotaRow } from './model.ts'
import { browserPlatform, type Platform, uniqueId } from './platform.ts'
import { restCaller, TokenKeeper } from './rest.ts'
import type { Session, TabRole } from './session.ts'
import type { Tables, TablesMaker } from './tables.ts'

export interface SessionOptions {
  /** Address of the server, such as `https://cc.example.com`. */
  readonly baseUrl: string
  /**
   * A fresh token of the page. Called at the start, when most of a token's life is over, and when one is refused. Rejecting
   * with an error whose `status` is 401 or 403 means that nobody is signed in. After any other rejection, and for a text that
   * is no token, it is called again, later and later.
   */
  getToken(): Promise<string>
  /** For tests, and for places without the globals of a browser. */
  readonly platform?: Platform
}

/** Topics that the server takes in the first frame; the others are asked for after it. */
const helloTopics = 20

/**
 * Connects a page to the server. Nothing happens before `connect()`. `tablesMaker` is asked when a table of supervisors is
 * read for the first time: a page without them need not load what makes them.
 */
export function openSession(
  { baseUrl, getToken, platform = browserPlatform() }: SessionOptions,
  tablesMaker: () => TablesMaker | null
): Session {
  const base = baseUrl.replace(/\/+$/, '')
  const tokens = new TokenKeeper(getToken)
  const me = createMeValues()
  const profile = new LiveValue<Profile | null>(null)
  const tab = new LiveValue<TabRole>({ id: uniqueId(platform), leader: false, tabs: 0 })
  const work = new LiveValue(0)
  const events = new Listeners<HostEvent>()
  const effects = new Listeners<SideEffect>()
  let made: Tables | null = null
  let focused = false
  let known: Known | null = null
  /** Where to go on after a break: of each topic everything up to its frame `n` is here. */
  let at: { epoch: string; n: Record<string, number> } | null = null
  let asked: readonly string[] = []
  /** What comes first on a new connection may be of the past. */
  let resuming = false
  let ready: { resolve: () => void; reject: (error: Error) => void; promise: Promise<void> } = waiting()

  const link = createLink(`${base.replace(/^http/, 'ws')}/api/realtime`, tokens, platform, {
    hello() {
      resuming = true
      asked = wanted().slice(0, helloTopics)
      return { focused, topics: asked, resume: at }
    },
    frame: hear,
    lost() {
      executor.lost()
      tab.set({ ...tab.value, leader: false, tabs: 0 })
      made?.setStatus('stale')
    }
  })
  const executor: Executor = createExecutor(link, platform)
  link.connection.subscribe(({ state, reason }) => {
    if (state === 'refused') ready.reject(new Error(String(reason)))
  })

  function wanted(): string[] {
    return ['me', ...(made?.watched() ?? [])]
  }

  function hear(frame: ServerFrame): void {
    switch (frame.type) {
      case 'welcome': {
        profile.set(frame.profile)
        if (at?.epoch !== frame.epoch) at = { epoch: frame.epoch, n: {} }
        for (const topic of wanted()) if (!asked.includes(topic)) link.send({ type: 'subscribe', topic })
        return
      }
      case 'snapshot':
      case 'rows':
        take(frame)
        return
      case 'resumed':
        if (frame.topic === 'me') resuming = false
        else made?.setStatus('live', frame.topic)
        return
      case 'refused':
        made?.setStatus('refused', frame.topic)
        if (frame.topic === 'me') ready.resolve() // a page that only watches
        return
      case 'tab':
        tab.set({ ...tab.value, leader: frame.leader, tabs: frame.tabs })
        return
      case 'effect':
        if (effects.size === 0) return // nobody here to do it: another tab may
        // Said first: what opens a page ends this one.
        link.send({ type: 'done', eventId: frame.effect.eventId })
        effects.tell(frame.effect)
        return
      case 'result':
        executor.answer(frame)
    }
  }

  function take(frame: RowsFrame): void {
    const { topic, type, n } = frame
    // Rows of a topic that has not begun with a snapshot are of an earlier opening.
    if (!at || (type === 'rows' && !(topic in at.n))) return
    if (topic === 'me') takeMe(frame)
    else if (!made?.take(frame)) return
    else if (type === 'rows') executor.forget()
    at.n[topic] = n
  }

  function takeMe(frame: RowsFrame): void {
    for (const [key, row] of frame.rows) {
      if (key === 'work') {
        executor.forget(true)
        work.set(work.value + 1)
      } else if (key in me) {
        const value: { set(value: unknown): void } = me[key as keyof Me] // rows are named as in Me
        value.set(row)
      }
    }
    const { agent } = me
    if (!agent.value) return
    const now: Known = {
      agent: agent.value,
      call: me.call.value,
      lastCall: me.lastCall.value,
      handout: me.handout.value,
      wrapUp: me.wrapUp.value
    }
    const before = known
    known = now
    if (JSON.stringify(before) !== JSON.stringify(now)) executor.forget()
    const replay = resuming || frame.type === 'snapshot'
    if (frame.type === 'snapshot') resuming = false
    ready.resolve()
    for (const event of deriveEvents(before, now, replay, link.now())) events.tell(event)
  }

  function tables(): Tables {
    const make = tablesMaker()
    if (!make) throw new Error('No board is loaded')
    made ??= make(link, platform, topic => delete at?.n[topic])
    return made
  }

  return {
    ...me,
    connection: link.connection,
    tab,
    profile,
    work,
    get board() {
      return tables().table<number, BoardRow>('board')
    },
    get liveCalls() {
      return tables().table<string, LiveCall>('calls')
    },
    get campaignBoard() {
      return tables().table<number, CampaignRow>('campaigns')
    },
    quotas: campaignId => tables().table<number, QuotaRow>(`quotas:${campaignId}`),
    commands: executor.commands,
    now: link.now,
    connect() {
      if (link.connection.value.state === 'refused') ready = waiting()
      link.connect()
    },
    disconnect: link.disconnect,
    whenReady: () => ready.promise,
    setFocus(value) {
      if (value === focused) return
      focused = value
      link.send({ type: 'focus', focused })
    },
    wake: link.wake,
    onEvent: listener => events.add(listener),
    onSideEffect: listener => effects.add(listener),
    request: restCaller(base, tokens, platform.fetch)
  }
}

/** A promise that is decided from outside; nobody has to listen to its rejection. */
function waiting() {
  let resolve = (): void => {}
  let reject = (_error: Error): void => {}
  const promise = new Promise<void>((done, failed) => {
    resolve = done
    reject = failed
  })
  promise.catch(() => {})
  return { promise, resolve, reject }
}
