import type { BoardRow, Session } from '@evscallpro/api-client'

export type FloorAction =
  | 'listen'
  | 'whisper'
  | 'stopListening'
  | 'force_pause'
  | 'force_end_wrap_up'
  | 'force_log_out'

const away: readonly BoardRow['state'][] = ['offline', 'paused']
const inCall: readonly BoardRow['state'][] = [
  'ringing_agent',
  'agent_accepted',
  'dialling_customer',
  'talking'
]

/** What this supervisor can do with this agent now; what the server would refuse is not offered. */
export function floorActions(row: BoardRow, session: Session): FloorAction[] {
  const call = row.callId === null ? undefined : session.liveCalls.rows.get(row.callId)
  const hear: FloorAction[] = call?.listening
    ? ['stopListening']
    : (['listen', 'whisper'] as const).filter(each => call?.capabilities.includes(each))
  if (!session.profile.value?.permissions.includes('agents:force')) return hear
  return [
    ...hear,
    ...(away.includes(row.state) || row.pauseRequested ? [] : ['force_pause' as const]),
    ...(row.state === 'wrap_up' ? ['force_end_wrap_up' as const] : []),
    ...(row.state === 'offline' || inCall.includes(row.state) ? [] : ['force_log_out' as const])
  ]
}
