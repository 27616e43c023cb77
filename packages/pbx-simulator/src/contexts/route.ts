import { at, type Channel, variable } from '../channel.ts'
import { callIdOf, type DialResult, dial, runApplication } from '../dial.ts'
import type { Pbx } from '../pbx.ts'
import type { Script } from '../thread.ts'
import { setVariable } from '../variables.ts'
import { recordingFile, startRecording, stopRecording } from './recording.ts'

/** Causes after which the next route is tried; any other says something about the customer, not about the way to him. */
const NEXT_ROUTE_CAUSES = new Set([3, 27, 34, 38, 42])
/** Later than this the customer's phone may have rung unseen. */
const NEXT_ROUTE_WITHIN_MS = 3000
/** The kit's EVS_SILENT_MS, equal to SIP timer B: no answer at all from a gateway that has just died. */
const SILENT_MS = 6400
const DEFAULT_RING_S = 45
/** The kit's global EVS_MAX_DEFAULT. */
const DEFAULT_MAX_S = 7200

/** Context evs-dial: walks the routes, then ends the agent's leg with the customer's cause. */
export function* evsDial(pbx: Pbx, channel: Channel): Script {
  at(channel, 'evs-dial', 's', 1)
  channel.hangupHandler = () => evsEnd(pbx, channel, undefined)
  const cause = yield* evsRoute(pbx, channel)
  at(channel, 'evs-dial', 's', 3)
  hangup(channel, cause)
}

/** The Hangup application; the script that calls it ends with it. */
export function hangup(channel: Channel, cause: number): void {
  runApplication(channel, 'Hangup', String(cause))
  channel.cause = cause
}

/** Context evs-route: one Dial after the other along EVS_ROUTES; returns EVS_CAUSE. */
export function* evsRoute(pbx: Pbx, channel: Channel): Script<number> {
  const set = (name: string, value: string): void => setVariable(channel.variables, name, value)
  const callId = callIdOf(channel)
  for (const name of ['EVS_STATUS', 'DIALSTATUS']) set(name, '')
  set('EVS_ACTIVE', '1')
  set('EVS_ID', callId)
  set('EVS_T0', String(pbx.clock.nowMs()))
  set('EVS_I', '0')
  const routes = variable(channel, 'EVS_ROUTES')
    .replace(/[^A-Za-z0-9+*#@/_.|-]/g, '')
    .split('|')
  const callerIds = variable(channel, 'EVS_CIDS')
    .replace(/[^+0-9|]/g, '')
    .split('|')
  const ringS = Number(variable(channel, 'EVS_TIMEOUT').replace(/[^0-9]/g, '') || DEFAULT_RING_S)
  const maxText = variable(channel, 'EVS_MAX').replace(/[^0-9]/g, '')
  const maxS = Number(maxText || DEFAULT_MAX_S)
  if (recordingFile(channel) !== '') {
    at(channel, 'evs-rec', 'start', 3)
    startRecording(pbx, channel)
  }
  let result: DialResult = { status: 'CHANUNAVAIL', cause: 3 }
  let route = 0
  if (routes[0] !== '' || routes.length > 1) {
    for (;;) {
      const to = routes[route] ?? ''
      const cid = callerIds[route] ?? ''
      route++
      const startMs = pbx.clock.nowMs()
      set('EVS_I', String(route))
      set('EVS_T0', String(startMs))
      at(channel, 'evs-route', 's', 26)
      runApplication(
        channel,
        'Dial',
        `${to},${ringS},gS(${maxS})${cid === '' ? '' : `f(${cid})`}b(evs-leg^s^1(${callId}^${route}))`
      )
      result = yield* dial(pbx, channel, {
        to: to.replace(/^PJSIP\//, ''),
        timeoutMs: ringS * 1000,
        limit: { ms: maxS * 1000, safety: maxText === '' },
        callerId: cid === '' ? undefined : { num: cid, name: '' },
        announce: { callId, route },
        features: true
      })
      if (result.cause === 0) result.cause = 16
      if (result.status === 'ANSWER') break
      const ms = Math.round(pbx.clock.nowMs() - startMs)
      at(channel, 'evs-route', 's', 31)
      pbx.userEvent(channel, 'EvsRouteFailed', {
        CallId: callId,
        Route: route,
        Status: result.status,
        Cause: result.cause,
        Ms: ms,
        RingMs: result.ringMs ?? '',
        ProgressMs: result.progressMs ?? ''
      })
      if (route >= routes.length || !triesNext(result, ms)) break
    }
  }
  at(channel, 'evs-route', 's', 37)
  stopRecording(pbx, channel)
  evsEnd(pbx, channel, result)
  return result.cause
}

function triesNext(result: DialResult, ms: number): boolean {
  if (result.ringMs !== undefined || result.progressMs !== undefined) return false
  const silent = result.status === 'CHANUNAVAIL' && result.cause === 18
  if (silent && ms > SILENT_MS - 200 && ms < SILENT_MS + 400) return true
  return ms <= NEXT_ROUTE_WITHIN_MS && NEXT_ROUTE_CAUSES.has(result.cause)
}

/** Context evs-end: the last word of a call, once; without a result the agent's leg went first. */
export function evsEnd(pbx: Pbx, channel: Channel, result: DialResult | undefined): void {
  if (variable(channel, 'EVS_ACTIVE') !== '1') return
  setVariable(channel.variables, 'EVS_ACTIVE', '0')
  at(channel, 'evs-end', 's', 3)
  pbx.userEvent(channel, 'EvsDialEnd', {
    CallId: variable(channel, 'EVS_ID'),
    Status: result ? result.status : variable(channel, 'DIALSTATUS') || 'ANSWER',
    Cause: result ? result.cause : channel.cause,
    Route: variable(channel, 'EVS_I'),
    Ms: Math.round(pbx.clock.nowMs() - Number(variable(channel, 'EVS_T0'))),
    AgentGone: result ? 0 : 1
  })
}
