/** Why a command of a page was refused, whatever plugin refused it: this list is closed, texts in any language hang on it. */
export type CommandRefusal =
  | 'not_ready'
  | 'not_authenticated'
  | 'forbidden'
  | 'invalid_number'
  | 'do_not_contact'
  | 'outside_hours'
  | 'in_call'
  | 'wrap_up_pending'
  | 'no_line'
  | 'agent_leg_failed'
  | 'timeout'
  | 'conflict'
  | 'unsupported'
  | 'invalid_input'
  | 'internal'

/** Codes that say more than their status. */
const codes: Readonly<Record<string, CommandRefusal>> = {
  CORE_AGENT_NOT_LOGGED_IN: 'not_ready',
  CORE_AGENT_NOT_READY: 'not_ready',
  CORE_AGENT_IN_CALL: 'in_call',
  CORE_CALL_ENDING: 'in_call',
  CORE_AGENT_HAS_HANDOUT: 'wrap_up_pending',
  CORE_QUALIFICATION_MISSING: 'wrap_up_pending',
  CORE_NUMBER_INVALID: 'invalid_number',
  CORE_NUMBER_NOT_OF_CONTACT: 'invalid_number',
  CORE_NUMBER_SUPPRESSED: 'do_not_contact',
  CORE_DESTINATION_DENIED: 'forbidden',
  CORE_DIALLING_STOPPED: 'forbidden',
  CORE_OUTSIDE_HOURS: 'outside_hours',
  CORE_NO_ROUTE: 'no_line',
  CORE_TRUNKS_BUSY: 'no_line',
  CORE_DIAL_LIMIT: 'no_line',
  CORE_PORT_EMPTY: 'no_line',
  CORE_STATION_REFUSED: 'agent_leg_failed',
  CORE_STATION_UNKNOWN: 'agent_leg_failed',
  CORE_AGENT_LEG_REFUSED: 'agent_leg_failed',
  CORE_LISTENER_WITHOUT_PHONE: 'agent_leg_failed',
  CORE_CALL_CONTROL_UNAVAILABLE: 'unsupported',
  CORE_COMMAND_LATE: 'timeout'
}

/** The refusal that an answer of the REST API (its status, the `code` of its body) is to a page. */
export function commandRefusal(status: number, code: string): CommandRefusal {
  const known = codes[code]
  if (known) return known
  if (code.startsWith('AMI_')) return 'no_line'
  if (status === 401) return 'not_authenticated'
  if (status === 403) return 'forbidden'
  if (status === 400 || status === 422) return 'invalid_input'
  return status >= 500 ? 'internal' : 'conflict'
}
