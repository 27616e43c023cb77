import type { Actor, RowOwner } from '../../kernel/actor.ts'
import { defineChain } from '../../kernel/extension-point.ts'

/** Kinds of facts and what changed of each: ids as text, as `core.announce(kind, ids)` told them. */
export type Facts = ReadonlyMap<string, ReadonlySet<string>>

/** What a subscription asks for: a campaign, a user's own screen, or nothing in particular. */
export interface TopicQuery {
  /** Id of the campaign or user; null where the topic takes none. */
  readonly id: number | null
}

/** One row of a topic, as screens get it. */
export interface TopicRow {
  readonly key: string | number
  /** Compared with the scope of whoever looks. */
  readonly owner: RowOwner
  readonly row: object | null
  /** What this row shows to this actor beyond the rest; it must not be much. */
  readonly extra?: (actor: Actor) => object
  /** What `extra` reads beside the row. It is never sent; when it changes the row is told again. */
  readonly extraOf?: unknown
}

export interface TopicChanges {
  readonly rows: readonly TopicRow[]
  /** Keys of rows that are no more. */
  readonly gone: readonly (string | number)[]
}

/**
 * Something that screens watch: rows that are read again when facts are told. A topic never hears of data, only of ids,
 * so that it does not matter which server process made the change.
 */
export interface RealtimeTopic {
  /** kebab-case; with `of: 'campaign'` screens ask for `<name>:<campaign id>`. */
  readonly name: string
  /** What its watcher must hold. */
  readonly permission: string
  readonly of: 'all' | 'campaign' | 'self'
  /**
   * Facts that make its rows change: `agents`, `calls`, `campaigns`, `lists` (contacts joined, left or changed other than by
   * hand-outs; ids of campaigns), `profiles`, or a kind of the plugin's own. Facts a topic of a campaign listens to carry
   * ids of campaigns.
   */
  readonly kinds: readonly string[]
  /** Changes are gathered for so long before they are read, ms; by kind where one is dear to read. */
  readonly gatherMs: number | ((kind: string) => number)
  snapshot(query: TopicQuery): Promise<readonly TopicRow[]>
  changes(query: TopicQuery, facts: Facts): Promise<TopicChanges>
}

/** Core fills it with the agent's own screen, the board, calls and campaigns; plugins add theirs. */
export const realtimeTopics = defineChain<RealtimeTopic>('core.realtime-topics')
