import type { Channel, Signal } from './channel.ts'
import { FeatureCodes } from './contexts/features.ts'
import type { DialRequest } from './dial.ts'
import type { Pbx } from './pbx.ts'
import { Interruption, type Script } from './thread.ts'

type Heard = { leg: Channel; signal: Signal } | { limit: true }

/** Two answered legs in a bridge until one leaves, the time limit strikes or somebody takes the calling leg away. */
export function* talkTogether(pbx: Pbx, calling: Channel, called: Channel, request: DialRequest): Script {
  const bridge = pbx.newBridge(called.random)
  pbx.enter(bridge, called, [`d:${called.uniqueid}`])
  pbx.enter(bridge, calling)
  if (!request.features) bridge.technology = 'native_rtp'
  const features = request.features ? new FeatureCodes(pbx, calling, called) : undefined
  let struck: ((heard: Heard) => void) | undefined
  const stopLimit = request.limit
    ? pbx.clock.after(request.limit.ms, () => struck?.({ limit: true }), { background: request.limit.safety })
    : () => {}
  try {
    for (;;) {
      const heard = (yield resume => {
        struck = resume
        calling.listener = signal => resume({ leg: calling, signal })
        called.listener = signal => resume({ leg: called, signal })
        return () => {
          calling.listener = undefined
          called.listener = undefined
        }
      }) as Heard
      calling.listener = undefined
      called.listener = undefined
      if ('limit' in heard) return part(pbx, called, calling)
      const { leg, signal } = heard
      switch (signal.kind) {
        case 'hangup':
        case 'kicked': {
          if (signal.kind === 'hangup') pbx.farEndHungUp(leg, signal.cause, signal.techCause)
          else leg.cause = signal.cause || 16 // a bridged leg that is ended without a cause ends normally
          const other = leg === calling ? called : calling
          part(pbx, leg, other)
          if (leg === calling) throw new Interruption('hangup')
          return
        }
        case 'digit':
          if (leg === calling) features?.press(signal.digit)
          break
        case 'hold':
        case 'unhold':
          sayHold(pbx, leg, leg === calling ? called : calling, signal.kind)
          break
      }
    }
  } catch (interruption) {
    if (interruption instanceof Interruption && !called.gone) part(pbx, calling, called)
    throw interruption
  } finally {
    stopLimit()
    features?.close()
  }

  function part(thePbx: Pbx, first: Channel, second: Channel): void {
    thePbx.leave(first)
    thePbx.leave(second)
    thePbx.end(called, called.cause || 16)
  }
}

/** A phone holds or takes back by re-INVITE: the other side hears music. */
export function sayHold(
  pbx: Pbx,
  holder: Channel,
  other: Channel | undefined,
  kind: 'hold' | 'unhold'
): void {
  if (kind === 'hold') {
    pbx.channelEvent('Hold', holder, 'MusicClass: default\r\n')
    if (other) pbx.channelEvent('MusicOnHoldStart', other, 'Class: default\r\n')
  } else {
    pbx.channelEvent('Unhold', holder)
    if (other) pbx.channelEvent('MusicOnHoldStop', other)
  }
}
