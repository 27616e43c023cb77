import createError from '@fastify/error'
import type { AmiPacket } from './link/packet.ts'

/** No usable session with Asterisk: not started, lost, or lost while the action was pending. */
export const AmiLinkDown = createError<'AMI_LINK_DOWN', [where: string, why: string]>(
  'AMI_LINK_DOWN',
  'The link to Asterisk at %s is down: %s',
  503
)
/** The TCP or TLS connection did not come up in time. */
export const AmiConnectTimeout = createError<'AMI_CONNECT_TIMEOUT', [where: string, ms: number]>(
  'AMI_CONNECT_TIMEOUT',
  'No connection to Asterisk at %s within %d ms; check host, port and firewall',
  504
)
/** Connected, but what answered does not speak AMI. */
export const AmiBadGreeting = createError<'AMI_BAD_GREETING', [where: string]>(
  'AMI_BAD_GREETING',
  'What answers at %s is not Asterisk: expected a first line "Asterisk Call Manager/…"; check the port (AMI: 5038, TLS: 5039)',
  502
)
/** Connected, but no answer to Login in time. */
export const AmiLoginTimeout = createError<'AMI_LOGIN_TIMEOUT', [where: string, ms: number]>(
  'AMI_LOGIN_TIMEOUT',
  'Asterisk at %s did not answer the login within %d ms',
  504
)
/** Name or secret is wrong, or the account may not come from this address. */
export const AmiLoginRefused = createError<'AMI_LOGIN_REFUSED', [where: string, user: string]>(
  'AMI_LOGIN_REFUSED',
  'Asterisk at %s refused the login of "%s": compare name, secret, deny and permit with manager.conf',
  502
)
/** An idle session did not answer Ping: the peer is gone without a word. */
export const AmiPingTimeout = createError<'AMI_PING_TIMEOUT', [where: string, ms: number]>(
  'AMI_PING_TIMEOUT',
  'Asterisk at %s sent nothing and did not answer Ping within %d ms',
  504
)
/** One packet grew past the limit; the stream cannot be trusted any more. */
export const AmiPacketTooLarge = createError<'AMI_PACKET_TOO_LARGE', [bytes: number]>(
  'AMI_PACKET_TOO_LARGE',
  'Asterisk sent a packet larger than %d bytes',
  502
)
/** An action got no answer in time. What it asked for may still happen. */
export const AmiActionTimeout = createError<'AMI_ACTION_TIMEOUT', [action: string, ms: number]>(
  'AMI_ACTION_TIMEOUT',
  'Asterisk did not answer %s within %d ms',
  504
)
/** Asterisk broke off a list. */
export const AmiListCancelled = createError<'AMI_LIST_CANCELLED', [action: string]>(
  'AMI_LIST_CANCELLED',
  'Asterisk cancelled the list that answers %s',
  502
)
/** The caller gave an ActionID that waits for an answer already. */
export const AmiDuplicateActionId = createError<'AMI_DUPLICATE_ACTION_ID', [action: string]>(
  'AMI_DUPLICATE_ACTION_ID',
  'The ActionID given for %s already waits for an answer; give each action its own',
  500
)
/** The leg by which the agent is on the line has just left it. */
export const AmiAgentLegGone = createError(
  'AMI_AGENT_LEG_GONE',
  'Your phone has just left the line: have it called again',
  409
)
/** A header would not survive the way to Asterisk as one header. */
export const AmiBadHeader = createError<'AMI_BAD_HEADER', [header: string, why: string]>(
  'AMI_BAD_HEADER',
  'AMI header %s %s',
  400
)
/** A channel variable's name cannot be sent. */
export const AmiBadVariable = createError<'AMI_BAD_VARIABLE', [name: string, why: string]>(
  'AMI_BAD_VARIABLE',
  'Channel variable %s %s',
  400
)
/** Asterisk ignores what comes after 1,023 bytes of a line. */
export const AmiLineTooLong = createError<
  'AMI_LINE_TOO_LONG',
  [header: string, bytes: number, limit: number]
>('AMI_LINE_TOO_LONG', 'AMI header %s is %d bytes long, Asterisk takes at most %d; shorten its value', 400)
/** Asterisk takes at most 128 headers in one action. */
export const AmiTooManyHeaders = createError<'AMI_TOO_MANY_HEADERS', [found: number, limit: number]>(
  'AMI_TOO_MANY_HEADERS',
  'The action has %d headers, Asterisk takes at most %d; send fewer variables',
  400
)
/** A link was built with an option that cannot work. */
export const AmiBadOption = createError<'AMI_BAD_OPTION', [option: string, why: string]>(
  'AMI_BAD_OPTION',
  'AMI link option "%s" %s',
  500
)
/** Trial mode dials by itself and knows no site's emergency ways. */
export const AmiTrialEmergency = createError(
  'AMI_TRIAL_EMERGENCY',
  'The PBX has no dialplan of ours (mode trial), so no way for emergencies: dial it on your phone',
  409
)
/** The emitter may not do what makes a phone ring: that is the telephony port's, behind the destination policy. */
export const AmiActionReserved = createError<'AMI_ACTION_RESERVED', [action: string]>(
  'AMI_ACTION_RESERVED',
  '%s is not for the emitter: calls are started by POST /api/calls, where the destination policy is checked',
  403
)

const ActionFailedBase = createError<'AMI_ACTION_FAILED', [action: string, message: string]>(
  'AMI_ACTION_FAILED',
  'Asterisk refused %s: %s',
  502
)

/** Asterisk answered `Response: Error`; `response` is the whole answer. */
export class AmiActionFailed extends ActionFailedBase {
  readonly response: AmiPacket
  constructor(action: string, message: string, response: AmiPacket) {
    super(action, message)
    this.response = response
  }
}
