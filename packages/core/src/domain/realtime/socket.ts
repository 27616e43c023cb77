import type { FastifyRequest } from 'fastify'
import type { Actor } from '../../kernel/actor.ts'
import { authenticators, findActor } from '../../kernel/auth.ts'
import type { Timer } from '../../kernel/clock.ts'
import type { Kernel } from '../../kernel/kernel.ts'
import type { AgentPages } from '../agent/agent-pages.ts'
import { type ClientFrame, type CommandFrame, type HelloFrame, parseFrame } from './client-frame.ts'
import type { Feed, Watcher } from './feed.ts'
import type { RealtimeHub } from './hub.ts'
import { type InnerCall, PageCommands } from './page-commands.ts'
import { type PageSocket, PageWriter } from './page-writer.ts'
import type { TopicRow } from './realtime-topic.ts'
import { type EffectSource, type SideEffectRegister, sideEffectsOf } from './side-effects.ts'
import type { TabRegister } from './tabs.ts'

/** Codes with which the server closes (4000 to 4999 are an application's own, RFC 6455 §7.4.2). */
export const closeCodes = { restart: 1012, token: 4401, protocol: 4400, slow: 4429 } as const

/** A connection that has not said who it is after so long, ms, is closed. */
const helloMs = 10_000

export interface SocketContext {
  readonly kernel: Kernel
  readonly hub: RealtimeHub
  readonly tabs: TabRegister
  readonly pages: AgentPages
  readonly effects: SideEffectRegister
  /** Carries out a request of the REST API inside this process. */
  readonly request: InnerCall
  /** An agent's page has connected, or the last thing of it has gone. */
  opened(socket: RealtimeSocket): void
  closed(socket: RealtimeSocket): void
  /** The server closes: what its connections leave behind is cleared away for all of them together. */
  readonly stopping: boolean
}

/** One page: who it is, what it watches, what it asks for. */
export class RealtimeSocket implements Watcher {
  readonly connection: string
  readonly #context: SocketContext
  readonly #socket: PageSocket
  readonly #request: FastifyRequest
  readonly #feeds = new Map<string, Feed>()
  readonly #me: { -readonly [K in keyof EffectSource]: EffectSource[K] } = {
    call: null,
    lastCall: null,
    handout: null
  }
  #actor: Actor | null = null
  #token = ''
  #leader = false
  #tabs = 0
  readonly #commands: PageCommands
  readonly #writer: PageWriter
  #helloDue: Timer | null
  #turn: Promise<void> = Promise.resolve()

  constructor(context: SocketContext, socket: PageSocket, request: FastifyRequest) {
    this.#context = context
    this.#socket = socket
    this.#request = request
    this.connection = context.kernel.newId()
    this.#writer = new PageWriter(socket, context.kernel.clock, () => this.#caughtUp())
    this.#commands = new PageCommands(context, request, err => this.#failed(err))
    this.#helloDue = context.kernel.clock.setTimeout(
      () => this.close(closeCodes.protocol, 'no hello'),
      helloMs
    )
    socket.on('message', data => this.#hear(String(data)))
    socket.on('close', () => this.#gone())
  }

  get actor(): Actor {
    return this.#actor! // nothing is watched before hello
  }

  /** Id of the agent whose page this is; null for pages that only watch. */
  get agentId(): number | null {
    return this.#actor?.permissions.has('agent:work') ? this.#actor.id : null
  }

  get tokenId(): string | null {
    return this.#actor?.embedToken?.id ?? null
  }

  get open(): boolean {
    return this.#writer.open
  }

  deliver(json: string, topic: string, rows: readonly TopicRow[]): void {
    if (topic === 'me') {
      for (const { key, row } of rows) if (isPart(key)) this.#me[key] = row as never // rows of me-view
    }
    this.#writer.write(json)
    if (topic === 'me') void this.#handOut()
  }

  /** What the election said. */
  setRole(leader: boolean, tabs: number): void {
    if (leader === this.#leader && tabs === this.#tabs) return
    this.#leader = leader
    this.#tabs = tabs
    this.#send({ type: 'tab', leader, tabs })
    if (leader) void this.#handOut()
  }

  close(code: number, reason: string): void {
    this.#socket.close(code, reason)
  }

  #hear(text: string): void {
    const frame = parseFrame(text)
    if (!frame || (frame.type === 'hello') !== (this.#actor === null && this.#token === '')) {
      this.close(closeCodes.protocol, 'not a frame of version 1')
      return
    }
    if (frame.type === 'command') void this.#command(frame)
    else if (frame.type === 'ping')
      this.#send({ type: 'pong', id: frame.id, now: this.#context.kernel.clock.now().getTime() })
    else {
      if (frame.type === 'hello') this.#token = frame.token
      this.#turn = this.#turn.then(() => this.#handle(frame)).catch((err: unknown) => this.#failed(err))
    }
  }

  async #handle(frame: Exclude<ClientFrame, { type: 'command' | 'ping' }>): Promise<void> {
    switch (frame.type) {
      case 'hello':
        return this.#hello(frame)
      case 'renew':
        return this.#renew(frame.token)
      case 'subscribe':
        return this.#subscribe(frame.topic)
      case 'unsubscribe':
        return this.#unsubscribe(frame.topic)
      case 'focus':
        if (this.agentId !== null)
          await this.#context.tabs.focus(this.agentId, this.connection, frame.focused)
        return
      case 'done':
        return this.#context.effects.done(frame.eventId, this.connection)
    }
  }

  async #hello({ token, focused, topics, resume }: HelloFrame): Promise<void> {
    const { kernel, hub, tabs, pages } = this.#context
    this.#helloDue?.cancel()
    this.#helloDue = null
    const actor = await this.#authenticate(token)
    if (!actor) return
    this.#actor = actor
    const user = await kernel
      .db('core.users')
      .where({ id: actor.id })
      .first<{ display_name: string; language: string }>('display_name', 'language')
    if (!this.open) return // it has gone meanwhile: `closed` was told already
    const known = resume?.epoch === hub.epoch ? resume.n : {}
    this.#send({
      type: 'welcome',
      epoch: hub.epoch,
      now: kernel.clock.now().getTime(),
      expiresAt: actor.embedToken!.expiresAt.getTime(),
      profile: {
        userId: actor.id,
        displayName: user.display_name,
        role: actor.role,
        language: user.language === 'en' ? 'en' : 'fr',
        siteId: actor.siteId,
        permissions: [...actor.permissions].sort()
      }
    })
    this.#context.opened(this)
    for (const topic of topics) await this.#subscribe(topic, known[topic])
    if (this.agentId !== null && this.open) {
      await tabs.enter(this.agentId, this.connection, focused)
      if (this.open) await pages.back(this.agentId)
      if (!this.open) await tabs.leave(this.agentId, this.connection) // closed meanwhile
    }
  }

  /** Only the token of a page opens this door, and only from the page's origin. */
  async #authenticate(token: string): Promise<Actor | null> {
    this.#request.headers = { authorization: `Bearer ${token}` } // beside those of the upgrade
    const actor = await findActor(this.#request, this.#context.kernel.extensions.all(authenticators))
    if (actor?.embedToken) return actor
    this.close(closeCodes.token, 'token refused')
    return null
  }

  async #renew(token: string): Promise<void> {
    const before = this.#actor
    const actor = await this.#authenticate(token)
    if (!actor || !before) return
    if (actor.id !== before.id) return this.close(closeCodes.token, 'token of another user')
    this.#actor = actor
    this.#token = token
    this.#send({ type: 'renewed', expiresAt: actor.embedToken!.expiresAt.getTime() })
  }

  /** Sends what came after frame `after` of the topic, or everything; so also when the page watches it already. */
  async #subscribe(topic: string, after: number | null = null): Promise<void> {
    this.#unsubscribe(topic)
    if (!this.open || !this.#actor) return
    const found = this.#context.hub.find(this.#actor, topic)
    if ('refused' in found) return this.#send({ type: 'refused', topic, reason: found.refused })
    // Kept before anything is read: a page that goes meanwhile gives it up.
    this.#feeds.set(topic, found.feed)
    await found.feed.join(this, after)
  }

  #unsubscribe(topic: string): void {
    const feed = this.#feeds.get(topic)
    this.#feeds.delete(topic)
    if (feed) this.#context.hub.unwatch(this, feed)
  }

  /** The page had lagged and reads again: what it was not sent meanwhile it needs anew. */
  #caughtUp(): void {
    for (const feed of this.#feeds.values()) void feed.join(this, null)
    if (this.#tabs > 0) this.#send({ type: 'tab', leader: this.#leader, tabs: this.#tabs })
  }

  async #command(frame: CommandFrame): Promise<void> {
    if (this.#actor && !this.#leader && this.agentId !== null)
      void this.#context.tabs.focus(this.agentId, this.connection, true) // where somebody works, there it rings
    this.#send(await this.#commands.run(frame, this.#actor === null ? null : this.#token))
  }

  /** Hands the side effects that are due to this page, if it is the one that was elected. */
  async #handOut(): Promise<void> {
    const { kernel, effects } = this.#context
    const { agentId } = this
    if (!this.#leader || agentId === null) return
    const due = sideEffectsOf(this.#me, kernel.clock.now().getTime())
    try {
      const claimed = await effects.claim(
        agentId,
        this.connection,
        due.map(({ eventId }) => eventId)
      )
      for (const effect of due) if (claimed.has(effect.eventId)) this.#send({ type: 'effect', effect })
    } catch (err) {
      this.#failed(err)
    }
  }

  #send(frame: object): void {
    this.#writer.write(JSON.stringify(frame))
  }

  #gone(): void {
    this.#helloDue?.cancel()
    this.#writer.stop()
    for (const feed of this.#feeds.values()) this.#context.hub.unwatch(this, feed)
    this.#feeds.clear()
    this.#context.closed(this)
    if (this.agentId !== null && !this.#context.stopping)
      this.#context.tabs.leave(this.agentId, this.connection).catch((err: unknown) => this.#failed(err))
  }

  #failed(err: unknown): void {
    this.#context.kernel.log.error({ err, connection: this.connection }, 'a page could not be served')
  }
}

const isPart = (key: string | number): key is keyof EffectSource =>
  key === 'call' || key === 'lastCall' || key === 'handout'
