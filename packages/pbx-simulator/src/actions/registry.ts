import type { Account } from '../accounts.ts'
import type { Pbx } from '../pbx.ts'
import type { Asking } from '../session.ts'

/** What actions may reach besides the switch. */
export interface ActionContext {
  readonly pbx: Pbx
  readonly accounts: readonly Account[]
}

export interface ActionDefinition {
  /** One of these write classes is needed; none: any account. */
  classes: readonly string[]
  /** A promise keeps the session's later actions waiting. */
  run(asking: Asking, context: ActionContext): Promise<void> | void
}

/** Action names are matched without regard to case. */
export type ActionTable = Record<string, ActionDefinition>
