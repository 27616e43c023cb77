import { setEarliest } from './legs.ts'
import type { Bridge, Call, Channel, InterpreterState, Leg, Stay } from './state.ts'

/** Does `other` in the same bridge make `channel`'s party talk? A Local half stands for the agent beyond it. */
function meets(channel: Channel, other: Channel): boolean {
  if (other === channel || channel.local || other.spy) return false
  return !other.local || channel.leg?.role === 'customer'
}

/** A channel enters a bridge. Returns the calls of all who meet by it. */
export function enterBridge(
  state: InterpreterState,
  channel: Channel,
  bridgeId: string,
  atMs: number
): Call[] {
  const open = channel.stays.find(stay => stay.toMs === undefined)
  const stay = open?.bridge.id === bridgeId ? open : newStay(state, channel, bridgeId, atMs)
  const { bridge } = stay
  stay.fromMs = Math.min(stay.fromMs, atMs) // a snapshot may have shown it there already
  const touched: Call[] = []
  for (const other of bridge.stays) {
    if (other.toMs !== undefined) continue
    for (const [one, two] of [
      [channel, other.channel],
      [other.channel, channel]
    ] as const) {
      if (!one.leg || !meets(one, two)) continue
      setEarliest(one.leg, 'bridgedAtMs', Math.max(stay.fromMs, other.fromMs, one.leg.createdAtMs))
      if (one.call) touched.push(one.call)
    }
  }
  return touched
}

function newStay(state: InterpreterState, channel: Channel, bridgeId: string, atMs: number): Stay {
  leaveBridges(state, channel, atMs)
  let bridge = state.bridges.get(bridgeId)
  if (!bridge) {
    bridge = { id: bridgeId, stays: [] }
    state.bridges.set(bridgeId, bridge)
  }
  const stay: Stay = { channel, bridge, fromMs: atMs }
  bridge.stays.push(stay)
  channel.stays.push(stay)
  return stay
}

/** A channel leaves this bridge. Its Hangup may have come before and ended the stay a moment too late. */
export function leaveBridge(state: InterpreterState, channel: Channel, bridgeId: string, atMs: number): void {
  const stay = channel.stays.findLast(one => one.bridge.id === bridgeId)
  if (!stay) return
  if (stay.toMs === undefined) leaveBridges(state, channel, atMs)
  else stay.toMs = Math.max(stay.fromMs, stay.guessed ? atMs : Math.min(stay.toMs, atMs))
  delete stay.guessed
}

/** A channel leaves whatever bridge it is in. */
export function leaveBridges(state: InterpreterState, channel: Channel, atMs: number): void {
  for (const stay of channel.stays) {
    if (stay.toMs !== undefined) continue
    stay.toMs = Math.max(atMs, stay.fromMs)
    if (stay.bridge.stays.every(other => other.toMs !== undefined)) forgetBridge(state, stay.bridge)
  }
}

export function forgetBridge(state: InterpreterState, bridge: Bridge): void {
  if (state.bridges.get(bridge.id) === bridge) state.bridges.delete(bridge.id)
}

/** From, to: milliseconds. */
export type Interval = readonly [number, number]

/** When the leg's party was in a bridge with another party, up to `untilMs`. */
export function togetherTimes(leg: Leg, untilMs: number): Interval[] {
  const from = leg.createdAtMs
  const to = Math.min(leg.endedAtMs ?? untilMs, untilMs)
  const times: Interval[] = []
  for (const stay of leg.channel.stays) {
    for (const other of stay.bridge.stays) {
      if (!meetsAs(leg, other.channel)) continue
      const begin = Math.max(stay.fromMs, other.fromMs, from, answerBeyond(other.channel))
      const end = Math.min(stay.toMs ?? to, other.toMs ?? to, to)
      if (end > begin) times.push([begin, end])
    }
  }
  return union(times)
}

/** As `meets`, for a leg that may be over: a held channel's present leg can be another one by now. */
function meetsAs(leg: Leg, other: Channel): boolean {
  if (other === leg.channel || other.spy) return false
  return !other.local || leg.role === 'customer'
}

/**
 * When somebody answered beyond a Local half: until then its party hears ringing and talks to nobody. 0 for a phone,
 * and for a half of which it is not known whom the other half called.
 */
function answerBeyond(half: Channel): number {
  if (!half.local || !half.call) return 0
  const answers = half.call.legs.flatMap(leg => {
    const dialler = [...half.call!.channels].find(one => one.uniqueid === leg.channel.dialledBy)
    return dialler?.local && dialler !== half && isOtherHalf(dialler.name, half.name)
      ? [leg.answeredAtMs ?? Number.POSITIVE_INFINITY]
      : []
  })
  return answers.length === 0 ? 0 : Math.min(...answers)
}

/** `Local/1002@agents-00000003;1` and `…;2` are the two ends of one pipe. */
export function isOtherHalf(one: string, two: string): boolean {
  return one !== two && one.replace(/;[12]$/, '') === two.replace(/;[12]$/, '')
}

/** Overlapping intervals made one, in order. */
export function union(intervals: readonly Interval[]): Interval[] {
  const sorted = [...intervals].sort((a, b) => a[0] - b[0])
  const merged: Interval[] = []
  for (const [from, to] of sorted) {
    const last = merged.at(-1)
    if (last && from <= last[1]) merged[merged.length - 1] = [last[0], Math.max(last[1], to)]
    else merged.push([from, to])
  }
  return merged
}

/** What both have in common. */
export function overlap(one: readonly Interval[], two: readonly Interval[]): Interval[] {
  return union(
    one.flatMap(a => two.map((b): Interval => [Math.max(a[0], b[0]), Math.min(a[1], b[1])]))
  ).filter(([from, to]) => to > from)
}

export function total(intervals: readonly Interval[]): number {
  return intervals.reduce((sum, [from, to]) => sum + to - from, 0)
}
