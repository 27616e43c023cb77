import { type Actor, isWithin, type RowScope, wholeScope } from '../../kernel/actor.ts'
import type { Clock, Timer } from '../../kernel/clock.ts'
import type { Facts, RealtimeTopic, TopicChanges, TopicQuery, TopicRow } from './realtime-topic.ts'

type Key = string | number

/** A screen that watches a feed. */
export interface Watcher {
  readonly actor: Actor
  /** Takes a frame: `json` is what goes out, the rest says what is in it. */
  deliver(json: string, topic: string, rows: readonly TopicRow[]): void
}

export interface FeedContext {
  readonly clock: Clock
  /** The next number of this process: frames of all feeds share one sequence. */
  next(): number
  failed(error: unknown): void
}

interface Entry extends TopicChanges {
  readonly n: number
}

/** Kinds whose ids are those of users: others' changes do not concern an agent's own screen. */
const userKinds: readonly string[] = ['agents', 'profiles']

/** Frames kept for screens that come back after a moment. */
const keptEntries = 500

const scopeOf = ({ scope = wholeScope }: Actor): RowScope => scope
const isWhole = ({ siteIds, campaignIds }: RowScope): boolean => siteIds === null && campaignIds === null

/**
 * One topic, for one campaign or user, and everybody who watches it. Reads are made one after the other, so that no screen
 * gets an older row after a newer one.
 */
export class Feed {
  readonly name: string
  readonly topic: RealtimeTopic
  readonly #query: TopicQuery
  readonly #context: FeedContext
  /** What each watcher has on his screen; `anything` that he may see: he came back; `nothing`: his snapshot is due. */
  readonly #watchers = new Map<Watcher, Set<Key> | 'anything' | 'nothing'>()
  readonly #entries: Entry[] = []
  /** Rows as they were last told, as JSON: what is read again and is the same is not told again. */
  readonly #told = new Map<Key, string>()
  /** Facts that are read together, by how long they are gathered, ms. */
  readonly #pending = new Map<number, { readonly facts: Map<string, Set<string>>; readonly timer: Timer }>()
  /** Frames up to this number have been forgotten. */
  #forgotten: number
  #turn: Promise<void> = Promise.resolve()

  constructor(topic: RealtimeTopic, query: TopicQuery, context: FeedContext) {
    this.topic = topic
    this.#query = query
    this.#context = context
    this.name = query.id === null || topic.of === 'self' ? topic.name : `${topic.name}:${query.id}`
    this.#forgotten = context.next()
  }

  get id(): number | null {
    return this.#query.id
  }

  get watchers(): number {
    return this.#watchers.size
  }

  /** Sends the watcher everything, or only what he missed since frame `after` when that is still known. */
  join(watcher: Watcher, after: number | null): Promise<void> {
    this.#watchers.set(watcher, 'nothing')
    return this.#inTurn(async () => {
      if (!this.#watchers.has(watcher)) return // he left meanwhile
      const whole = this.topic.of === 'self' || isWhole(scopeOf(watcher.actor))
      if (after !== null && after >= this.#forgotten && whole) {
        this.#watchers.set(watcher, 'anything')
        for (const entry of this.#entries) if (entry.n > after) this.#send(watcher, entry)
        watcher.deliver(JSON.stringify({ type: 'resumed', topic: this.name }), this.name, [])
        return
      }
      const rows = await this.topic.snapshot(this.#query)
      // Later snapshots leave this alone: those who came before have not been told of what is new in them.
      if (this.#told.size === 0) for (const row of rows) this.#isNews(row)
      if (!this.#watchers.has(watcher)) return
      const seen = rows.filter(row => this.#sees(watcher, row))
      this.#watchers.set(watcher, new Set(seen.map(({ key }) => key)))
      watcher.deliver(this.#frame('snapshot', this.#context.next(), watcher, seen, []), this.name, seen)
    })
  }

  leave(watcher: Watcher): void {
    this.#watchers.delete(watcher)
  }

  /** Facts were told: what they touch is read soon, together with what follows. */
  hear(kind: string, ids: readonly string[]): void {
    if (!this.topic.kinds.includes(kind)) return
    const own = this.topic.of === 'campaign' || (this.topic.of === 'self' && userKinds.includes(kind))
    if (own && !ids.includes(String(this.#query.id))) return
    const { gatherMs } = this.topic
    const ms = typeof gatherMs === 'number' ? gatherMs : gatherMs(kind)
    const { facts } = this.#gathered(ms)
    const known = facts.get(kind) ?? new Set<string>()
    facts.set(kind, known)
    for (const id of ids) known.add(id)
  }

  /** Anything may have changed: everybody gets everything. */
  renew(): void {
    this.#forgotten = this.#context.next()
    this.#entries.length = 0
    this.#told.clear()
    for (const watcher of [...this.#watchers.keys()]) void this.join(watcher, null)
  }

  stop(): void {
    for (const { timer } of this.#pending.values()) timer.cancel()
    this.#watchers.clear()
  }

  #gathered(ms: number): { readonly facts: Map<string, Set<string>> } {
    const known = this.#pending.get(ms)
    if (known) return known
    const facts = new Map<string, Set<string>>()
    const read = (): void => {
      this.#pending.delete(ms)
      this.#read(facts)
    }
    const made = { facts, timer: this.#context.clock.setTimeout(read, ms) }
    this.#pending.set(ms, made)
    return made
  }

  #read(facts: Facts): void {
    void this.#inTurn(async () => {
      const changes = await this.topic.changes(this.#query, facts)
      const rows = changes.rows.filter(row => this.#isNews(row))
      for (const key of changes.gone) this.#told.delete(key)
      if (rows.length === 0 && changes.gone.length === 0) return
      const entry = { n: this.#context.next(), rows, gone: changes.gone }
      this.#entries.push(entry)
      if (this.#entries.length > keptEntries) this.#forgotten = this.#entries.shift()!.n
      for (const watcher of this.#watchers.keys()) this.#send(watcher, entry)
    })
  }

  /** Whether the row differs from what was told of it; if so it is told now. */
  #isNews({ key, row, owner, extraOf }: TopicRow): boolean {
    const json = JSON.stringify([row, owner, extraOf])
    if (this.#told.get(key) === json) return false
    this.#told.set(key, json)
    return true
  }

  #send(watcher: Watcher, { n, rows, gone }: Entry): void {
    const screen = this.#watchers.get(watcher)
    if (screen === 'nothing') return // what changed is in his snapshot
    const known = screen === 'anything' ? null : screen
    const seen = rows.filter(row => this.#sees(watcher, row))
    const lost = [...gone, ...rows.filter(row => !seen.includes(row)).map(({ key }) => key)]
    const left = known ? lost.filter(key => known.delete(key)) : gone
    for (const { key } of seen) known?.add(key)
    if (seen.length > 0 || left.length > 0)
      watcher.deliver(this.#frame('rows', n, watcher, seen, left), this.name, seen)
  }

  #sees({ actor }: Watcher, { owner }: TopicRow): boolean {
    return this.topic.of === 'self' || isWithin(scopeOf(actor), owner)
  }

  #frame(
    type: string,
    n: number,
    { actor }: Watcher,
    rows: readonly TopicRow[],
    gone: readonly Key[]
  ): string {
    const pairs = rows.map(({ key, row, extra }) => [key, extra ? { ...row, ...extra(actor) } : row])
    const at = this.#context.clock.now().getTime()
    return JSON.stringify({ type, topic: this.name, n, at, rows: pairs, gone })
  }

  #inTurn(work: () => Promise<void>): Promise<void> {
    this.#turn = this.#turn.then(work).catch((error: unknown) => this.#context.failed(error))
    return this.#turn
  }
}
