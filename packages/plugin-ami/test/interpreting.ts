import { readFileSync } from 'node:fs'
import { type AmiPacket, header, parsePacket } from '../src/link/packet.ts'
import { interpret } from '../src/record/interpret.ts'
import { readTrace } from '../src/record/read-trace.ts'
import { expire } from '../src/record/sealing.ts'
import { createInterpreterState, type InterpreterState } from '../src/record/state.ts'
import type { CallFact, CallRecord } from '../src/record/types.ts'

/** The packets of a recorded trace. */
export function trace(name: string): AmiPacket[] {
  return [...readTrace(readFileSync(new URL(`traces/${name}.ami`, import.meta.url)))]
}

export function stampOf(packet: AmiPacket): number {
  return Number(header(packet, 'Timestamp') ?? 0) * 1000
}

/** Interprets packets in order, received as they were stamped, and seals what is over. */
export function play(
  packets: Iterable<AmiPacket>,
  state: InterpreterState = createInterpreterState()
): CallFact[] {
  const facts: CallFact[] = []
  let now = 0
  for (const packet of packets) {
    now = Math.max(now, stampOf(packet))
    facts.push(...interpret(state, packet, now))
  }
  return [...facts, ...expire(state, now + 2000)]
}

/** The last word on each call, in the order of their ends. */
export function recordsOf(facts: readonly CallFact[]): CallRecord[] {
  const records = new Map<string, CallRecord>()
  for (const fact of facts)
    if (fact.kind === 'ended' || fact.kind === 'amended') records.set(fact.callId, fact.record)
  return [...records.values()]
}

/** `a1 created`, `c1 answered`, `ended`, … of one call. */
export function storyOf(facts: readonly CallFact[], callId: string): string[] {
  return facts
    .filter(fact => fact.callId === callId)
    .map(fact => (fact.kind === 'leg' ? `${fact.leg} ${fact.phase}` : fact.kind))
}

/** Seconds of the synthetic stories below are counted from here. */
export const START_MS = 1_800_000_000_000

/** A made-up event `seconds` after the start; `lines` are headers such as `Uniqueid: c1-a1`. */
export function event(seconds: number, name: string, ...lines: string[]): AmiPacket {
  return parsePacket(
    [`Event: ${name}`, `Timestamp: ${(START_MS / 1000 + seconds).toFixed(6)}`, ...lines].join('\r\n')
  )
}

/** One channel of a made-up story, which says its events. */
export function channel(
  name: string,
  uniqueid: string,
  linkedid: string,
  variables: Record<string, string> = {}
) {
  const vars = (side: '' | 'Dest'): string[] =>
    Object.entries(variables).map(([key, value]) => `${side}ChanVariable: ${key}=${value}`)
  const lines = [`Channel: ${name}`, `Uniqueid: ${uniqueid}`, `Linkedid: ${linkedid}`]
  const dest = [`DestChannel: ${name}`, `DestUniqueid: ${uniqueid}`, `DestLinkedid: ${linkedid}`]
  const self = {
    lines,
    say: (at: number, what: string, ...more: string[]) => event(at, what, ...lines, ...vars(''), ...more),
    begins: (at: number, state: 'Down' | 'Ring', ...more: string[]) =>
      event(at, 'Newchannel', ...lines, `ChannelState: ${state === 'Ring' ? 4 : 0}`, ...more),
    originated: (at: number) => event(at, 'DialBegin', ...dest, ...vars('Dest'), 'DialString: 1001'),
    dialled: (at: number, by: { lines: string[] }, number: string, trunk: string) =>
      event(at, 'DialBegin', ...by.lines, ...dest, ...vars('Dest'), `DialString: ${number}@${trunk}`),
    dialEnds: (at: number, status: string) =>
      event(at, 'DialEnd', ...dest, ...vars('Dest'), `DialStatus: ${status}`),
    rings: (at: number) => self.say(at, 'Newstate', 'ChannelState: 5'),
    answers: (at: number) => self.say(at, 'Newstate', 'ChannelState: 6'),
    enters: (at: number, bridge: string) => self.say(at, 'BridgeEnter', `BridgeUniqueid: ${bridge}`),
    leaves: (at: number, bridge: string) => self.say(at, 'BridgeLeave', `BridgeUniqueid: ${bridge}`),
    asksHangup: (at: number, cause = 16) => self.say(at, 'HangupRequest', `Cause: ${cause}`),
    ends: (at: number, cause: number) => self.say(at, 'Hangup', `Cause: ${cause}`),
    kit: (at: number, what: string, ...more: string[]) =>
      self.say(at, 'UserEvent', `UserEvent: ${what}`, ...more)
  }
  return self
}

/** The agent's leg of a call we started, until he has answered at second 1. */
export function agentAnswers(callId: string, attempt = 1) {
  const agent = channel('PJSIP/1001-00000001', `${callId}-a${attempt}`, `${callId}-a${attempt}`, {
    EVS_CALL_ID: callId,
    EVS_LEG: 'agent'
  })
  return {
    agent,
    events: [agent.begins(0, 'Down'), agent.originated(0.01), agent.rings(0.02), agent.answers(1)]
  }
}

/** A customer's leg of that call. */
export function customerOf(callId: string, n = 1, trunk = 'trunk-site-a', linkedid = `${callId}-a1`) {
  return channel(`PJSIP/${trunk}-0000001${n}`, `1800000001.${n}`, linkedid, {
    EVS_CALL_ID: callId,
    EVS_LEG: 'customer'
  })
}
