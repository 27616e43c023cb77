import type { Actor } from '../../kernel/actor.ts'
import type { Timer } from '../../kernel/clock.ts'
import type { Kernel } from '../../kernel/kernel.ts'
import { NotificationListener } from '../../kernel/notification-listener.ts'
import { workAppeared } from '../events.ts'
import { Feed, type Watcher } from './feed.ts'
import { type RealtimeTopic, realtimeTopics } from './realtime-topic.ts'

/** A feed that nobody watches is kept so long, ms: its watcher may come back and wants only what he missed. */
const lingerMs = 60_000

/** Where screens find the topic they asked for, or why not. */
type Found = { readonly feed: Feed } | { readonly refused: 'forbidden' | 'unknown_topic' }

/** The feeds of this process, fed with what the database tells. */
export class RealtimeHub {
  /** Frame numbers count within one life of one process. */
  readonly epoch: string
  readonly #kernel: Kernel
  readonly #listener: NotificationListener
  readonly #feeds = new Map<string, Feed>()
  readonly #lingering = new Map<Feed, Timer>()
  readonly #onFacts = new Set<(kind: string, ids: readonly string[]) => void>()
  #n = 0
  #unsubscribe: () => void = () => {}

  constructor(kernel: Kernel) {
    this.#kernel = kernel
    this.epoch = kernel.newId()
    this.#listener = new NotificationListener(kernel, 'evs_facts', {
      heard: payload => {
        const [kind = '', ids = ''] = payload.split(' ')
        if (kind === 'everything') this.#renew()
        else if (ids !== '') this.#hear(kind, ids.split(','))
      },
      missed: () => this.#renew()
    })
  }

  /** How many pages of this process watch each topic; one that was left a moment ago is still there, with 0. */
  watchers(): ReadonlyMap<string, number> {
    const counts = new Map<string, number>()
    for (const { topic, watchers } of this.#feeds.values())
      counts.set(topic.name, (counts.get(topic.name) ?? 0) + watchers)
    return counts
  }

  async start(): Promise<void> {
    const { db, events } = this.#kernel
    this.#unsubscribe = events.on(workAppeared, ({ campaignId }) => this.#hear('work', [String(campaignId)]))
    await this.#listener.start()
    // A process that died may have done what it had not announced yet.
    await db.raw(`select pg_notify('evs_facts', 'everything')`)
  }

  async stop(): Promise<void> {
    this.#unsubscribe()
    for (const timer of this.#lingering.values()) timer.cancel()
    for (const feed of this.#feeds.values()) feed.stop()
    await this.#listener.stop()
  }

  /** Calls `listener` with all facts, as they are told. */
  onFacts(listener: (kind: string, ids: readonly string[]) => void): void {
    this.#onFacts.add(listener)
  }

  /** `name` is a topic, or `<topic>:<campaign id>`. Who finds a feed joins it, and gives it up by `unwatch`. */
  find(actor: Actor, name: string): Found {
    const [topicName = '', id] = name.split(':')
    const topic = this.#kernel.extensions.all(realtimeTopics).find(one => one.name === topicName)
    if (!topic || (topic.of === 'campaign') !== /^[1-9]\d{0,8}$/.test(id ?? ''))
      return { refused: 'unknown_topic' }
    if (!actor.permissions.has(topic.permission)) return { refused: 'forbidden' }
    const campaigns = actor.scope?.campaignIds ?? null
    if (topic.of === 'campaign' && campaigns && !campaigns.includes(Number(id)))
      return { refused: 'forbidden' }
    const feed = this.#feed(
      topic,
      topic.of === 'campaign' ? Number(id) : topic.of === 'self' ? actor.id : null
    )
    this.#lingering.get(feed)?.cancel()
    this.#lingering.delete(feed)
    return { feed }
  }

  unwatch(watcher: Watcher, feed: Feed): void {
    feed.leave(watcher)
    if (feed.watchers > 0 || this.#lingering.has(feed)) return
    const drop = (): void => {
      this.#lingering.delete(feed)
      if (feed.watchers > 0) return
      feed.stop()
      this.#feeds.delete(keyOf(feed.topic, feed.id))
    }
    this.#lingering.set(feed, this.#kernel.clock.setTimeout(drop, lingerMs))
  }

  #renew(): void {
    for (const feed of this.#feeds.values()) feed.renew()
  }

  #feed(topic: RealtimeTopic, id: number | null): Feed {
    const key = keyOf(topic, id)
    const known = this.#feeds.get(key)
    if (known) return known
    const { clock, log } = this.#kernel
    const feed = new Feed(
      topic,
      { id },
      {
        clock,
        next: () => ++this.#n,
        failed: err => log.error({ err, topic: topic.name }, 'reading for screens failed')
      }
    )
    this.#feeds.set(key, feed)
    return feed
  }

  #hear(kind: string, ids: readonly string[]): void {
    for (const feed of this.#feeds.values()) feed.hear(kind, ids)
    for (const listener of this.#onFacts) listener(kind, ids)
  }
}

const keyOf = (topic: RealtimeTopic, id: number | null): string => `${topic.name} ${id ?? ''}`
