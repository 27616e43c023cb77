import type { CommandErrorCode } from './command.ts'
import type { SideEffect } from './host-event.ts'
import type { Profile } from './model.ts'

/** Rows of a topic: everything (`snapshot`) or what changed (`rows`). */
export interface RowsFrame {
  readonly type: 'snapshot' | 'rows'
  readonly topic: string
  /** Number within one life of one server process. */
  readonly n: number
  /** The server's time, ms since 1970. */
  readonly at: number
  readonly rows: readonly (readonly [string | number, unknown])[]
  readonly gone: readonly (string | number)[]
}

/** The answer to a command. */
export interface ResultFrame {
  readonly type: 'result'
  readonly id: number
  readonly status: number
  readonly body: unknown
  /** Why it was refused, from 400 on. */
  readonly code?: CommandErrorCode
}

/** What the server sends over `/api/realtime`, version 1. */
export type ServerFrame =
  | {
      readonly type: 'welcome'
      readonly epoch: string
      readonly now: number
      readonly expiresAt: number
      readonly profile: Profile
    }
  | { readonly type: 'renewed'; readonly expiresAt: number }
  | RowsFrame
  | { readonly type: 'resumed'; readonly topic: string }
  | { readonly type: 'refused'; readonly topic: string; readonly reason: string }
  | { readonly type: 'tab'; readonly leader: boolean; readonly tabs: number }
  | { readonly type: 'effect'; readonly effect: SideEffect }
  | { readonly type: 'pong'; readonly id: number; readonly now: number }
  | ResultFrame
