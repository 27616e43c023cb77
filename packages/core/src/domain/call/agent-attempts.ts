import type { CallRecord, Outcome } from './call-record.ts'
import type { CallRow } from './ledger-rows.ts'

/** The agent's phone was not reached; that he refused, or that somebody hung up, is not this. */
const unreached: ReadonlySet<Outcome> = new Set(['agent_no_answer', 'agent_busy', 'agent_unreachable'])

const agentUnreached = (record: CallRecord): boolean =>
  unreached.has(record.outcome) ||
  (record.outcome === 'agent_not_accepted' && record.voicemailSuspected === true)

type Attempted = Pick<CallRow, 'attempt' | 'attempts' | 'accept' | 'hangup_requested_at'>

/** Whether the agent's phone is called once more for this call, which therefore goes on. */
export const triesAgain = (call: Attempted, record: CallRecord): boolean =>
  call.attempt < call.attempts &&
  call.hangup_requested_at === null &&
  record.endQuality === 'exact' &&
  agentUnreached(record)

/** Whether he counts as lost: with a phone on the public network, which nobody here can look at. */
export const phoneIsLost = (call: Attempted, record: CallRecord): boolean =>
  call.accept !== 'none' && call.hangup_requested_at === null && agentUnreached(record)
