import { at, type Channel } from './channel.ts'
import { evsConfirm } from './contexts/confirm.ts'
import { evsHeld } from './contexts/held.ts'
import { evsOutbound } from './contexts/outbound.ts'
import { evsDial, hangup } from './contexts/route.ts'
import { dial, runApplication } from './dial.ts'
import type { Pbx } from './pbx.ts'
import type { Script } from './thread.ts'

/** Whether the dialplan has that extension; Originate asks before it does anything. */
export function extensionExists(pbx: Pbx, context: string, exten: string): boolean {
  switch (context) {
    case 'evs-dial':
      return exten === 's' || /^[+0-9]./.test(exten)
    case 'evs-confirm':
      return ['s', 'key', 'answer', 'screen', 'accepted'].includes(exten)
    case 'evs-held':
      return ['s', 'wait', 'beep', 'call'].includes(exten)
    case 'evs-outbound':
    case 'from-agent':
      return /^[+0-9*]./.test(exten)
    case 'from-trunk':
      return pbx.endpoints.phones.has(exten)
    default:
      return false
  }
}

/** The production dialplan (the kit's contexts) as far as it is simulated. */
export function* dialplan(pbx: Pbx, channel: Channel, context: string, exten: string): Script {
  at(channel, context, exten, 1)
  if (!extensionExists(pbx, context, exten)) return
  switch (context) {
    case 'evs-dial':
      return yield* evsDial(pbx, channel)
    case 'evs-confirm':
      return yield* evsConfirm(pbx, channel, exten)
    case 'evs-held':
      return yield* evsHeld(pbx, channel, exten)
    case 'from-trunk':
      return yield* fromTrunk(pbx, channel, exten)
    default:
      return yield* evsOutbound(pbx, channel, exten)
  }
}

/** A call from outside to a phone's extension: it rings for 20 s. */
function* fromTrunk(pbx: Pbx, channel: Channel, exten: string): Script {
  runApplication(channel, 'Dial', `PJSIP/${exten},20`)
  const result = yield* dial(pbx, channel, { to: exten, timeoutMs: 20_000 })
  if (result.status === 'ANSWER') channel.cause = 16
  else hangup(channel, result.cause)
}
