import type { Kernel } from '../../kernel/kernel.ts'

/** What writing facts needs of the kernel. */
export type LedgerKernel = Pick<Kernel, 'db' | 'events' | 'clock' | 'log'>

/** A row of core.calls. */
export interface CallRow {
  id: string
  campaign_id: number
  contact_id: number | null
  handout_id: number | null
  agent_id: number | null
  site_id: number | null
  number: string
  caller_id: string | null
  station: string
  accept: string
  pbx: string
  state: string
  attempt: number
  attempts: number
  attempted_at: Date | null
  leg_stays: boolean
  leg_channel: string | null
  accept_until: Date | null
  accepted_by: string | null
  held_since: Date | null
  muted: boolean
  recording: 'off' | 'on' | 'paused'
  recording_file: string | null
  requested_at: Date
  hangup_requested_at: Date | null
  revision: number
}

/** What a call's progress changes, and is decided by. Rows come in hundreds: columns that nobody reads cost as much as the others. */
export const progressColumns = [
  'id',
  'agent_id',
  'accept',
  'state',
  'accept_until',
  'accepted_by',
  'held_since',
  'recording'
] as const satisfies readonly (keyof CallRow)[]
export type CallInProgress = Pick<CallRow, (typeof progressColumns)[number]>

/** What the end of a call takes from its row. */
export const endColumns = [
  'id',
  'campaign_id',
  'contact_id',
  'handout_id',
  'agent_id',
  'site_id',
  'number',
  'caller_id',
  'station',
  'accept',
  'pbx',
  'attempt',
  'attempts',
  'recording_file',
  'requested_at',
  'hangup_requested_at'
] as const satisfies readonly (keyof CallRow)[]
export type EndingCall = Pick<CallRow, (typeof endColumns)[number]>
