import type { AgentStateName, BoardRow } from '@evscallpro/api-client'

/** Trouble first, then calls, then the rest. */
export const boardOrder: readonly AgentStateName[] = [
  'phone_lost',
  'disconnected_ui',
  'talking',
  'dialling_customer',
  'agent_accepted',
  'ringing_agent',
  'reserved',
  'wrap_up',
  'ready',
  'paused',
  'offline'
]
const rank = new Map(boardOrder.map((state, i) => [state, i]))

/** After how many seconds in a state the board says so; a state that is missing has no threshold. */
export type Thresholds = Readonly<Partial<Record<AgentStateName, number>>>
export const defaultThresholds: Thresholds = {
  phone_lost: 60,
  disconnected_ui: 60,
  ringing_agent: 40,
  dialling_customer: 60,
  talking: 600,
  reserved: 120,
  wrap_up: 120,
  paused: 900
}

/** In the order of the board; in one state those who are in it longest come first. */
export function inOrder(rows: Iterable<BoardRow>): BoardRow[] {
  return [...rows].sort(
    (a, b) =>
      rank.get(a.state)! - rank.get(b.state)! ||
      (a.since < b.since ? -1 : a.since > b.since ? 1 : a.agentId - b.agentId)
  )
}

/** Whether what is searched for stands in the row. */
export const matches = ({ displayName, siteName, campaignName }: BoardRow, filter: string): boolean =>
  [displayName, siteName ?? '', campaignName ?? ''].some(text => fold(text).includes(fold(filter)))

const fold = (text: string): string => text.normalize('NFD').replace(/\p{M}/gu, '').toLowerCase()

/** The ruler beside a time: 64 wide, a tick at the threshold, which the bar passes when it is over. */
export function ruler(
  elapsedMs: number,
  limitSeconds: number
): { readonly fill: number; readonly tick: number; readonly over: boolean } {
  const limit = limitSeconds * 1000
  const elapsed = Math.max(0, elapsedMs)
  const whole = Math.max(limit / 0.7, elapsed)
  return { fill: (64 * elapsed) / whole, tick: (64 * limit) / whole, over: elapsed > limit }
}
