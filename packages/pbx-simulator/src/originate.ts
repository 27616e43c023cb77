import { parseDial, spy } from './applications.ts'
import { dialEndStatus } from './causes.ts'
import type { Channel, Party } from './channel.ts'
import { dial, runApplication, sayCallerId, sayRinging } from './dial.ts'
import { type DialTarget, reachable } from './endpoints.ts'
import { runAlone, runDialplan } from './leg.ts'
import type { Pbx } from './pbx.ts'
import { setVariable } from './variables.ts'

/** An Originate action that has passed its checks. */
export interface OriginateRequest {
  actionId: string
  /** As in the action, `PJSIP/1001`. */
  channel: string
  channelId: string
  timeoutMs: number
  callerId: Party | undefined
  account: string
  variables: ReadonlyArray<readonly [name: string, value: string]>
  to: { context: string; exten: string } | { application: string; data: string }
}

/** How long the thread that makes the channel needs to get there, ms. */
const START_MS = 1

/** Calls a leg and, when it answers, lets it run; `done` hears whether it answered. */
export function originate(
  pbx: Pbx,
  request: OriginateRequest,
  done: (answered: boolean) => void = () => {}
): void {
  pbx.clock.after(START_MS, () => {
    const slash = request.channel.indexOf('/')
    const technology = request.channel.slice(0, slash)
    const target = technology === 'PJSIP' ? pbx.endpoints.target(request.channel.slice(slash + 1)) : undefined
    const taken = request.channelId !== '' && pbx.find(request.channelId) !== undefined
    if (!target || taken || !reachable(target.endpoint)) {
      // no channel could be made: this answer is the only trace of the attempt
      sayResponse(pbx, request, undefined, 0, 0)
      done(false)
      return
    }
    callLeg(pbx, request, target, done)
  })
}

function callLeg(
  pbx: Pbx,
  request: OriginateRequest,
  target: DialTarget,
  done: (answered: boolean) => void
): void {
  const leg = pbx.newChannel(target, { uniqueid: request.channelId })
  prepare(pbx, leg, request)
  leg.application = 'AppDial2'
  leg.applicationData = '(Outgoing Line)'
  const slash = request.channel.indexOf('/')
  const lateBegin = leg.random.chance(0.03) ? 1.5 : 0
  pbx.dialEvent('DialBegin', undefined, leg, `DialString: ${request.channel.slice(slash + 1)}\r\n`, lateBegin)
  const stopTimer = pbx.clock.after(request.timeoutMs, () => {
    // when Asterisk gives up itself there is no DialEnd
    fail(3, 19, undefined)
  })
  const fail = (reason: number, cause: number, dialEnd: string | undefined): void => {
    stopTimer()
    leg.listener = undefined
    if (dialEnd) pbx.dialEvent('DialEnd', undefined, leg, `DialStatus: ${dialEnd}\r\n`)
    sayResponse(pbx, request, leg, reason, leg.random.chance(0.3) ? 3 : 0)
    pbx.end(leg, cause, dialEnd === 'BUSY' || dialEnd === 'CONGESTION' ? dialEnd : 'NO ANSWER')
    done(false)
  }
  leg.listener = signal => {
    switch (signal.kind) {
      case 'ringing':
        return sayRinging(pbx, undefined, leg)
      case 'progress':
        return pbx.dialEvent('DialState', undefined, leg, 'DialStatus: PROGRESS\r\n')
      case 'hangup':
        pbx.farEndHungUp(leg, signal.cause, signal.techCause)
        return fail(0, signal.cause, dialEndStatus(signal.cause))
      case 'kicked':
        return fail(0, signal.cause, 'NOANSWER')
      case 'answer':
        stopTimer()
        leg.listener = undefined
        return answered(pbx, request, leg, done)
    }
  }
  pbx.invite(leg, target, leg.connected.num)
}

function prepare(pbx: Pbx, leg: Channel, request: OriginateRequest): void {
  for (const [name, value] of request.variables) {
    if (name === 'CDR(userfield)') {
      if (leg.cdr) leg.cdr.userField = value
    } else setVariable(leg.variables, name, value)
  }
  if (request.account !== '') {
    leg.account = request.account
    pbx.channelEvent('NewAccountCode', leg, 'OldAccountCode: \r\n')
  }
  if (!request.callerId) return
  leg.caller = { ...request.callerId }
  sayCallerId(pbx, leg)
  leg.connected = { ...request.callerId }
  pbx.channelEvent('NewConnectedLine', leg)
}

function answered(
  pbx: Pbx,
  request: OriginateRequest,
  leg: Channel,
  done: (answered: boolean) => void
): void {
  // of 101 recorded: 52 before Newstate Up, 16 between it and DialEnd, the rest after
  const pick = leg.random.next()
  sayResponse(pbx, request, leg, 4, pick < 0.51 ? 0 : pick < 0.67 ? 1.5 : 2.5 + 2 * leg.random.next())
  pbx.setState(leg, 6)
  pbx.dialEvent('DialEnd', undefined, leg, 'DialStatus: ANSWER\r\n')
  done(true)
  const to = request.to
  if ('context' in to) runDialplan(pbx, leg, to.context, to.exten)
  else if (to.application.toLowerCase() === 'dial') runAlone(pbx, leg, dialAlone(pbx, leg, to.data))
  else runAlone(pbx, leg, spy(pbx, leg, to.data))
}

function* dialAlone(pbx: Pbx, leg: Channel, data: string): ReturnType<typeof spy> {
  const request = parseDial(data)
  runApplication(leg, 'Dial', data)
  const target = pbx.endpoints.target(request.to)
  if (target && reachable(target.endpoint)) leg.cdr?.splitAtAnswer()
  leg.cause = (yield* dial(pbx, leg, request)).cause
}

/** OriginateResponse; `shift` is where it lands among the other events of its instant. */
function sayResponse(
  pbx: Pbx,
  request: OriginateRequest,
  leg: Channel | undefined,
  reason: number,
  shift: number
): void {
  const success = reason === 4
  const to =
    'context' in request.to
      ? `Context: ${request.to.context}\r\nExten: ${request.to.exten}\r\n`
      : `Application: ${request.to.application}\r\nData: ${request.to.data}\r\n`
  let text = request.actionId === '' ? '' : `ActionID: ${request.actionId}\r\n`
  text +=
    `Response: ${success ? 'Success' : 'Failure'}\r\nChannel: ${success && leg ? leg.name : request.channel}\r\n${to}` +
    `Reason: ${reason}\r\nUniqueid: ${(success && leg ? leg.uniqueid : request.channelId) || '<unknown>'}\r\n` +
    `CallerIDNum: ${request.callerId?.num || '<unknown>'}\r\nCallerIDName: ${request.callerId?.name || '<unknown>'}\r\n`
  if (success && leg) {
    for (const name of pbx.channelvars) {
      text += `ChanVariable(${leg.name}): ${name}=${leg.variables.get(name)?.value ?? ''}\r\n`
    }
  }
  pbx.outbox.add('OriginateResponse', 'call', text, { lanes: [], shift })
}
