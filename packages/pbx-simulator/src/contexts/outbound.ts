import { at, type Channel, variable } from '../channel.ts'
import { dial, runApplication } from '../dial.ts'
import type { Pbx } from '../pbx.ts'
import { type Script, sleep } from '../thread.ts'
import { setVariable } from '../variables.ts'
import { evsEnd, evsRoute, hangup } from './route.ts'

/** A site's ways out, in order, for what its phones dial by hand; `site` of a phone names one. */
export interface Site {
  trunks: string[]
  /** Caller ids shown through these trunks, same order. */
  callerIds: string[]
  /** Emergency numbers, sent before any rule. */
  emergency: string[]
}

/** Says the class and the number as the trunk wants it, or undefined when the policy forbids the number. */
export type NumberPolicy = (number: string) => { class: string; number: string } | undefined

export interface HandDialRules {
  sites: Map<string, Site>
  policies: Map<string, NumberPolicy>
}

/** Context evs-outbound: what an agent dials on his own phone; emergency, inside, number classes, then the site's trunks. */
export function* evsOutbound(pbx: Pbx, channel: Channel, exten: string): Script {
  const { sites, policies } = pbx.handDial
  const phone = channel.endpoint.kind === 'phone' ? channel.endpoint : undefined
  const siteName = phone?.site ?? 'unknown'
  const site = sites.get(siteName) ?? {
    trunks: [...pbx.endpoints.trunks.keys()],
    callerIds: [],
    emergency: ['112']
  }
  const say = (callId: string, cls: string, number: string, priority: number): void => {
    at(channel, channel.context, channel.exten, priority)
    pbx.userEvent(channel, 'EvsHandDial', { CallId: callId, Site: siteName, Class: cls, Number: number })
  }
  const mark = (callId: string, userField: string): void => {
    setVariable(channel.variables, '__EVS_CALL_ID', callId)
    setVariable(channel.variables, 'EVS_LEG', 'agent')
    if (channel.cdr) channel.cdr.userField = userField
  }
  if (site.emergency.includes(exten)) {
    const callId = `emergency-${channel.uniqueid}`
    at(channel, 'evs-emergency', exten, 1)
    mark(callId, `evs:emergency:${siteName}:${exten}`)
    say(callId, 'emergency', exten, 4)
    return yield* emergency(pbx, channel, site, exten, callId)
  }
  if (pbx.endpoints.phones.has(exten)) {
    runApplication(channel, 'Dial', `PJSIP/${exten},30`)
    const result = yield* dial(pbx, channel, { to: exten, timeoutMs: 30_000 })
    return hangup(channel, result.cause)
  }
  const callId = `hand-${channel.uniqueid}`
  const allowed = pbx.handDialStopped ? undefined : policies.get(phone?.policy ?? 'default')?.(exten)
  if (!allowed) {
    mark(callId, `evs:refused:${siteName}`)
    say(callId, 'refused', exten, 9)
    return hangup(channel, 21)
  }
  mark(callId, `evs:hand:${siteName}:${allowed.class}`)
  say(callId, allowed.class, allowed.number, 13)
  channel.hangupHandler = () => evsEnd(pbx, channel, undefined)
  setVariable(
    channel.variables,
    'EVS_ROUTES',
    site.trunks.map(trunk => `PJSIP/${allowed.number}@${trunk}`).join('|')
  )
  setVariable(channel.variables, 'EVS_CIDS', site.callerIds.join('|'))
  const cause = yield* evsRoute(pbx, channel)
  hangup(channel, cause)
}

/** Any failure tries the next trunk, whatever the cause, and no limit of duration. */
function* emergency(pbx: Pbx, channel: Channel, site: Site, number: string, callId: string): Script {
  let cause = 3
  for (const [index, trunk] of site.trunks.entries()) {
    const cid = site.callerIds[index] ?? ''
    runApplication(channel, 'Dial', `PJSIP/${number}@${trunk},60,g${cid === '' ? '' : `f(${cid})`}`)
    const result = yield* dial(pbx, channel, {
      to: `${number}@${trunk}`,
      timeoutMs: 60_000,
      callerId: cid === '' ? undefined : { num: cid, name: '' },
      announce: { callId, route: index + 1 }
    })
    cause = result.cause
    pbx.userEvent(channel, 'EvsDialEnd', {
      CallId: variable(channel, 'EVS_CALL_ID'),
      Status: result.status,
      Cause: cause,
      Route: index + 1
    })
    if (result.status === 'ANSWER') return hangup(channel, cause)
  }
  yield* sleep(pbx.clock, 5000)
  hangup(channel, cause)
}
