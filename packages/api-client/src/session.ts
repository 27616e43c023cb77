import type { Commands } from './command.ts'
import type { HostEvent, SideEffect } from './host-event.ts'
import type {
  AgentCampaign,
  AgentView,
  BoardRow,
  CallView,
  CampaignRow,
  Handout,
  LastCall,
  LiveCall,
  PauseReason,
  Profile,
  QuotaRow,
  Station,
  WrapUp
} from './model.ts'

/** A value that changes: read it, or be told. Values are immutable; an equal value is told once. */
export interface Live<T> {
  readonly value: T
  /** Calls `listener` after each change; the returned function ends it. */
  subscribe(listener: (value: T) => void): () => void
}

export interface RowChange<K> {
  readonly changed: readonly K[]
  readonly removed: readonly K[]
}

/** Rows that change: the first subscriber opens them on the server, the last one closes them. */
export interface LiveRows<K, Row> {
  /**
   * `loading` until the first snapshot; `stale` while the connection is down (rows are those of `asOf`); `closed` a moment after
   * the last subscriber has gone: it then has no rows.
   */
  readonly status: 'closed' | 'loading' | 'live' | 'stale' | 'refused'
  /** A row that did not change is the same object as before. */
  readonly rows: ReadonlyMap<K, Row>
  /** Server's time of the last frame, ms since 1970; null before the first. */
  readonly asOf: number | null
  subscribe(listener: (change: RowChange<K>) => void): () => void
}

/**
 * `connecting`: the first try, or a token is being replaced. `degraded`: connected, but an answer is overdue. `offline`: the
 * connection broke, or the first try failed; it stays so during the tries that follow. `refused`: nobody is signed in, or the
 * server does not accept the token; a new one is asked for on `connect()`.
 */
export interface Connection {
  readonly state: 'idle' | 'connecting' | 'online' | 'degraded' | 'offline' | 'refused'
  /** Of this state, and of `offline` since the try that failed or the break; local clock, ms since 1970. */
  readonly since: number
  /** When the next try is made, local clock, ms; null when none is planned, or one is under way. */
  readonly retryAt: number | null
  /** Last round trip, ms; null before the first. */
  readonly latencyMs: number | null
  /** Why it is refused, or why there was no token for the last try; for a log. */
  readonly reason: string | null
}

/** Role of this tab among the agent's tabs, as the server decided. */
export interface TabRole {
  readonly id: string
  /** Side effects (ring, screen pop) come to this tab. */
  readonly leader: boolean
  /** Tabs of this agent that are connected. */
  readonly tabs: number
}

/** The connection of one page to the server: what widgets read and ask. Without a DOM. */
export interface Session {
  readonly connection: Live<Connection>
  readonly tab: Live<TabRole>
  /** null until the first snapshot. */
  readonly profile: Live<Profile | null>

  readonly agent: Live<AgentView | null>
  readonly call: Live<CallView | null>
  readonly lastCall: Live<LastCall | null>
  readonly handout: Live<Handout | null>
  readonly wrapUp: Live<WrapUp | null>
  readonly stations: Live<readonly Station[]>
  readonly campaigns: Live<readonly AgentCampaign[]>
  readonly pauseReasons: Live<readonly PauseReason[]>
  /** Grows when one of the agent's campaigns, which had nothing to hand out, has something again: ask once more. */
  readonly work: Live<number>

  readonly board: LiveRows<number, BoardRow>
  readonly liveCalls: LiveRows<string, LiveCall>
  readonly campaignBoard: LiveRows<number, CampaignRow>
  /** The quota rules of one campaign; the same object for the same campaign. */
  quotas(campaignId: number): LiveRows<number, QuotaRow>

  readonly commands: Commands

  /** The server's time, ms since 1970: timers count from `since` to this. */
  now(): number
  connect(): void
  /** Ends the connection; the call and the agent's state are untouched. */
  disconnect(): void
  /** Resolves when the first snapshot is here; rejects with a sentence when it is refused. */
  whenReady(): Promise<void>
  /** Tells the server that this tab is (not) looked at: side effects prefer the focused one. */
  setFocus(focused: boolean): void
  /** Tell it of `online` and `visibilitychange`: a waiting reconnection is tried at once. */
  wake(): void
  /** Lane of state: every tab. */
  onEvent(listener: (event: HostEvent) => void): () => void
  /** Lane of side effects: only the elected tab, once each. */
  onSideEffect(listener: (effect: SideEffect) => void): () => void
  /** An authorised request to the REST API: JSON in, JSON out; throws `ApiError` (code, status, sentence). */
  request<T>(method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE', path: string, body?: object): Promise<T>
}
