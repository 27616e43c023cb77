import type { Channel } from './channel.ts'
import { talk } from './customers.ts'
import type { TrunkState } from './endpoints.ts'
import { FarEnd } from './far-end.ts'
import { runDialplan } from './leg.ts'
import type { Pbx } from './pbx.ts'
import { phoneOf, registerPhone, setBehaviour, setTrunk, trunkOf } from './world.ts'

/** Acts as the person at the other end of a leg. */
export interface FarEndControl {
  answer(): void
  /** Hangs up, or refuses while it rings (Q.850 cause, default 21). */
  hangup(cause?: number): void
  press(keys: string): void
  hold(): void
  unhold(): void
}

/** One agent's phone. Its acts concern its newest call. */
export interface PhoneControl extends FarEndControl {
  register(): void
  unregister(): void
  /** Dials by hand; returns the channel's name. */
  dial(number: string): string
}

export interface TrunkControl {
  up(): void
  /** OPTIONS fail: calls end at once with cause 3. */
  down(): void
  /** Just died, nobody knows yet: no SIP answer for 6.4 s, then cause 18. */
  silent(): void
  state(): TrunkState
  /** A customer calls in; `talkS` seconds after the answer he hangs up (0: never). Returns the channel's name. */
  call(options: { from: string; to: string; talkS?: number }): string
}

type Change = <T>(act: () => T) => T

export function farEndControl(pbx: Pbx, change: Change, channel: string): FarEndControl {
  return control(change, () => {
    const found = pbx.find(channel)
    if (!found?.farEnd) throw new TypeError(`there is no leg "${channel}" with a far end`)
    return found.farEnd
  })
}

export function phoneControl(pbx: Pbx, change: Change, extension: string, behaviour?: string): PhoneControl {
  phoneOf(pbx, extension)
  if (behaviour !== undefined) setBehaviour(pbx, extension, behaviour)
  const newest = (): FarEnd => {
    const legs = [...pbx.channels.values()].filter(
      channel => channel.endpoint.id === extension && channel.farEnd
    )
    const leg = legs.at(-1)
    if (!leg?.farEnd) throw new TypeError(`phone ${extension} has no call`)
    return leg.farEnd
  }
  return {
    ...control(change, newest),
    register: () => change(() => registerPhone(pbx, extension, true)),
    unregister: () => change(() => registerPhone(pbx, extension, false)),
    dial: number =>
      change(() => {
        const phone = phoneOf(pbx, extension)
        const channel = pbx.newChannel({ endpoint: phone, number: extension }, { state: 4, exten: number })
        callIn(pbx, channel, extension)
        runDialplan(pbx, channel, phone.context, number)
        return channel.name
      })
  }
}

export function trunkControl(pbx: Pbx, change: Change, name: string): TrunkControl {
  const trunk = trunkOf(pbx, name)
  const set = (state: TrunkState) => (): void => change(() => setTrunk(pbx, name, state))
  return {
    up: set('up'),
    down: set('down'),
    silent: set('silent'),
    state: () => trunk.state,
    call: ({ from, to, talkS = 0 }) =>
      change(() => {
        const caller = { num: from, name: from }
        const channel = pbx.newChannel({ endpoint: trunk, number: to }, { state: 4, caller, exten: to })
        const line = callIn(pbx, channel, from)
        runDialplan(pbx, channel, 'from-trunk', to)
        if (talkS > 0) channel.onAnswer = () => line.play(talk(line, talkS))
        return channel.name
      })
  }
}

/** The far end of a call that came to us: nothing is rung, it just waits. */
function callIn(pbx: Pbx, channel: Channel, from: string): FarEnd {
  const line = new FarEnd(channel, { number: from, callerId: '' }, pbx.clock, (leg, signal) =>
    pbx.signal(leg, signal)
  )
  channel.farEnd = line
  return line
}

function control(change: Change, line: () => FarEnd): FarEndControl {
  return {
    answer: () => change(() => line().answer()),
    hangup: (cause = 21) => change(() => line().hangup(cause)),
    press: keys =>
      change(() => {
        for (const key of keys) line().press(key)
      }),
    hold: () => change(() => line().hold()),
    unhold: () => change(() => line().unhold())
  }
}
