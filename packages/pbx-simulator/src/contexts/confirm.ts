import { at, type Channel, variable } from '../channel.ts'
import { callIdOf, runApplication } from '../dial.ts'
import type { Pbx } from '../pbx.ts'
import { type Script, sleep } from '../thread.ts'
import { evsHeld } from './held.ts'
import { evsDial, hangup } from './route.ts'

/** Length of the voice prompt, ms: the one of the recorded scenarios. */
export const PROMPT_MS = 743
const DEFAULT_ACCEPT_S = 10

/** Context evs-confirm: does a person take this leg? EVS_ACCEPT is key, answer or screen. */
export function* evsConfirm(pbx: Pbx, channel: Channel, exten: string): Script {
  if (exten !== 's') return yield* accepted(pbx, channel, exten === 'accepted' ? 'screen' : '')
  const number = (name: string, fallback: number): number =>
    Number(variable(channel, name).replace(/[^0-9]/g, '') || fallback)
  const accept = variable(channel, 'EVS_ACCEPT').replace(/[^a-z]/g, '')
  const seconds = number('EVS_ACCEPT_S', DEFAULT_ACCEPT_S)
  const earlyS = number('EVS_EARLY_S', 0)
  const untilS = epochS(pbx) + seconds + earlyS
  at(channel, 'evs-confirm', 's', 9)
  runApplication(channel, 'UserEvent', 'EvsConfirm')
  pbx.userEvent(channel, 'EvsConfirm', {
    CallId: callIdOf(channel),
    Accept: accept,
    Seconds: seconds + earlyS
  })
  if (accept === 'answer') {
    at(channel, 'evs-confirm', 'answer', 2)
    runApplication(channel, 'Playback', prompt(channel))
    yield* sleep(pbx.clock, PROMPT_MS)
    return yield* accepted(pbx, channel, 'answer')
  }
  if (accept === 'screen') {
    do {
      at(channel, 'evs-confirm', 'screen', 2)
      runApplication(channel, 'Playback', prompt(channel))
      yield* sleep(pbx.clock, PROMPT_MS)
      yield* sleep(pbx.clock, 1000)
      if (variable(channel, 'EVS_SCREEN') === '1') return yield* accepted(pbx, channel, 'screen')
    } while (epochS(pbx) < untilS)
    return refuse(pbx, channel, 'screen', 6, 'timeout', 19)
  }
  at(channel, 'evs-confirm', 'key', 1)
  yield* sleep(pbx.clock, 300)
  do {
    at(channel, 'evs-confirm', 'key', 2)
    const waitS = earlyS > 0 ? 2 : seconds
    runApplication(channel, 'Read', `EVS_KEY,${prompt(channel)},1,,1,${waitS}`)
    const key = yield* readKey(pbx, channel, PROMPT_MS + waitS * 1000)
    if (key === '1') return yield* accepted(pbx, channel, 'key')
    if (key === '2') return refuse(pbx, channel, 'key', 9, 'refused', 21)
  } while (epochS(pbx) < untilS)
  refuse(pbx, channel, 'key', 7, 'timeout', 19)
}

/** The Read application with one digit: the digit, or '' when the time is over. */
function* readKey(pbx: Pbx, channel: Channel, withinMs: number): Script<string> {
  const key = yield resume => {
    const stop = pbx.clock.after(withinMs, () => {
      channel.listener = undefined
      resume('')
    })
    channel.listener = signal => {
      if (signal.kind === 'digit') {
        stop()
        channel.listener = undefined
        resume(signal.digit)
      } else pbx.unattended(channel, signal)
    }
    return () => {
      stop()
      channel.listener = undefined
    }
  }
  return String(key)
}

function* accepted(pbx: Pbx, channel: Channel, by: string): Script {
  at(channel, 'evs-confirm', 'accepted', 1)
  runApplication(channel, 'UserEvent', 'EvsAccepted')
  pbx.userEvent(channel, 'EvsAccepted', { CallId: callIdOf(channel), By: by })
  if (variable(channel, 'EVS_MODE') === 'held') yield* evsHeld(pbx, channel, 's')
  else yield* evsDial(pbx, channel)
}

function refuse(
  pbx: Pbx,
  channel: Channel,
  exten: string,
  priority: number,
  reason: string,
  cause: number
): void {
  at(channel, 'evs-confirm', exten, priority)
  pbx.userEvent(channel, 'EvsNotAccepted', { CallId: callIdOf(channel), Reason: reason })
  at(channel, 'evs-confirm', exten, priority + 1)
  hangup(channel, cause)
}

function prompt(channel: Channel): string {
  return variable(channel, 'EVS_PROMPT').replace(/[^A-Za-z0-9_/-]/g, '') || 'beep'
}

/** EPOCH, whole seconds: why a time-out may come up to a second early. */
function epochS(pbx: Pbx): number {
  return Math.floor(pbx.clock.nowMs() / 1000)
}
