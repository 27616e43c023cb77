import { at, type Channel, variable } from '../channel.ts'
import { runApplication } from '../dial.ts'
import type { Pbx } from '../pbx.ts'
import { forever, type Script } from '../thread.ts'
import { setVariable } from '../variables.ts'
import { evsEnd, evsRoute } from './route.ts'

/** The longest life of a held leg, EVS_SHIFT_S, in seconds. */
const DEFAULT_SHIFT_S = 43_200

/** Context evs-held: one agent's leg for a whole shift, taking customer after customer by Redirect. */
export function* evsHeld(pbx: Pbx, channel: Channel, exten: string): Script {
  if (exten === 's') {
    channel.hangupHandler = () => evsEnd(pbx, channel, undefined)
    const shiftS = Number(variable(channel, 'EVS_SHIFT_S').replace(/[^0-9]/g, '') || DEFAULT_SHIFT_S)
    const stop = pbx.clock.after(shiftS * 1000, () => pbx.signal(channel, { kind: 'kicked', cause: 0 }), {
      background: true
    })
    channel.onEnd.push(stop)
  }
  if (exten === 'call') yield* evsRoute(pbx, channel)
  if (exten !== 'beep') {
    setVariable(channel.variables, '__EVS_CALL_ID', '')
    at(channel, 'evs-held', 'wait', 2)
    runApplication(channel, 'UserEvent', 'EvsHeldReady')
    pbx.userEvent(channel, 'EvsHeldReady', {
      Session: variable(channel, 'EVS_SESSION').replace(/[^A-Za-z0-9_-]/g, ''),
      LastCall: variable(channel, 'EVS_ID')
    })
    setVariable(channel.variables, 'EVS_ID', '')
    setVariable(channel.variables, 'EVS_RECORD', '')
  }
  at(channel, 'evs-held', 'wait', 5)
  if (variable(channel, 'EVS_HELD_MUSIC') === '1') runApplication(channel, 'MusicOnHold', ',60')
  else runApplication(channel, 'Playback', 'silence/10')
  yield* forever()
}
