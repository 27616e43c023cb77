import { dialEndStatus, dialStatusVariable } from './causes.ts'
import type { CdrRow } from './cdr.ts'
import { at, type Channel, type Party, type Signal, variable } from './channel.ts'
import { type DialTarget, reachable } from './endpoints.ts'
import type { Pbx } from './pbx.ts'
import { talkTogether } from './talk.ts'
import { Interruption, type Script } from './thread.ts'
import { inheritVariables, setVariable } from './variables.ts'

/** What the Dial application is asked to do. */
export interface DialRequest {
  /** Without `PJSIP/`: `998901234567@trunk-site-a` or `1001`. */
  to: string
  timeoutMs: number
  /** Option S: released so long after the answer; `safety` limits do not keep a virtual clock busy. */
  limit?: { ms: number; safety: boolean } | undefined
  /** Option f: what the called party is shown instead of the calling leg's own caller id. */
  callerId?: Party | undefined
  /** The kit's pre-dial handler: marks the called leg as the customer's and says so before the INVITE. */
  announce?: { callId: string; route: number } | undefined
  /** The kit's in-call features (hold, recording) on the calling leg. */
  features?: boolean
}

export interface DialResult {
  /** The variable DIALSTATUS. */
  status: string
  /** The variable HANGUPCAUSE. */
  cause: number
  ringMs?: number
  progressMs?: number
}

type Heard = Signal | { kind: 'timeout' }

/** The Dial application on `calling`: makes the called leg, waits for it, and bridges the two until one is gone. */
export function* dial(pbx: Pbx, calling: Channel, request: DialRequest): Script<DialResult> {
  const startMs = pbx.clock.nowMs()
  const target = pbx.endpoints.target(request.to)
  if (!target || !reachable(target.endpoint)) return { status: 'CHANUNAVAIL', cause: 3 }
  const called = makeCalledLeg(pbx, calling, target, request)
  const finish = (disposition: CdrRow['disposition']): void => {
    calling.cdr?.pair(pbx.clock.nowMs(), called, disposition)
  }
  const times: { ringMs?: number; progressMs?: number } = {}
  let hear: (heard: Heard) => void = () => {}
  const stopTimer = pbx.clock.after(request.timeoutMs, () => hear({ kind: 'timeout' }))
  try {
    for (;;) {
      const heard = (yield resume => {
        hear = resume
        called.listener = resume
        return () => {
          called.listener = undefined
        }
      }) as Heard
      called.listener = undefined
      switch (heard.kind) {
        case 'ringing':
          times.ringMs ??= Math.round(pbx.clock.nowMs() - startMs)
          sayRinging(pbx, calling, called)
          break
        case 'progress':
          times.progressMs ??= Math.round(pbx.clock.nowMs() - startMs)
          pbx.dialEvent('DialState', calling, called, 'DialStatus: PROGRESS\r\n')
          break
        case 'hangup': {
          pbx.farEndHungUp(called, heard.cause, heard.techCause)
          const status = dialEndStatus(heard.cause)
          pbx.dialEvent('DialEnd', calling, called, `DialStatus: ${status}\r\n`)
          pbx.end(called, heard.cause)
          finish(status === 'NOANSWER' ? 'NO ANSWER' : status)
          return { status: dialStatusVariable(heard.cause), cause: heard.cause, ...times }
        }
        case 'kicked':
        case 'timeout': {
          const cause = heard.kind === 'kicked' ? heard.cause : 0
          pbx.dialEvent('DialEnd', calling, called, 'DialStatus: NOANSWER\r\n')
          pbx.end(called, cause)
          finish('NO ANSWER')
          return { status: 'NOANSWER', cause, ...times }
        }
        case 'answer':
          stopTimer()
          pbx.setState(called, 6)
          called.exten = ''
          pbx.dialEvent('DialEnd', calling, called, 'DialStatus: ANSWER\r\n')
          if (calling.state !== 6) pbx.setState(calling, 6)
          try {
            yield* talkTogether(pbx, calling, called, request)
          } finally {
            finish('ANSWERED')
          }
          return { status: 'ANSWER', cause: 16, ...times }
      }
    }
  } catch (interruption) {
    if (interruption instanceof Interruption && !called.gone) {
      pbx.dialEvent('DialEnd', calling, called, 'DialStatus: CANCEL\r\n')
      setVariable(calling.variables, 'DIALSTATUS', 'CANCEL')
      pbx.end(called, calling.cause)
      finish('NO ANSWER')
    }
    throw interruption
  } finally {
    stopTimer()
  }
}

/** Newstate Ringing and DialState RINGING; 21 of 206 recorded legs had them the other way round. */
export function sayRinging(pbx: Pbx, calling: Channel | undefined, called: Channel): void {
  if (called.state === 5) return
  pbx.setState(called, 5)
  const shift = called.random.chance(0.1) ? -1.5 : 0
  pbx.dialEvent('DialState', calling, called, 'DialStatus: RINGING\r\n', shift)
}

function makeCalledLeg(pbx: Pbx, calling: Channel, target: DialTarget, request: DialRequest): Channel {
  const called = pbx.newChannel(target, { calling })
  inheritVariables(calling.variables, called.variables)
  called.application = 'AppDial'
  called.applicationData = '(Outgoing Line)'
  // chan_pjsip keeps the caller id of an endpoint that has one (phones) and shows a trunk the dialled extension
  if (target.endpoint.kind === 'trunk') called.caller = { num: calling.exten, name: calling.connected.name }
  called.connected = request.callerId ?? { ...calling.caller }
  called.exten = calling.exten
  called.account = calling.account
  if (target.endpoint.kind === 'trunk') sayCallerId(pbx, called)
  if (called.account !== '') pbx.channelEvent('NewAccountCode', called, 'OldAccountCode: \r\n')
  pbx.channelEvent('NewConnectedLine', called)
  if (request.announce) {
    const home = { context: called.context, exten: called.exten }
    setVariable(called.variables, 'EVS_LEG', 'customer')
    at(called, 'evs-leg', 's', 2)
    pbx.userEvent(called, 'EvsLeg', {
      CallId: request.announce.callId,
      Leg: 'customer',
      Route: request.announce.route
    })
    at(called, home.context, home.exten, 1)
  }
  pbx.dialEvent('DialBegin', calling, called, `DialString: ${request.to}\r\n`)
  calling.connected = { ...called.caller }
  pbx.channelEvent('NewConnectedLine', calling)
  pbx.invite(called, target, called.connected.num)
  return called
}

/** NewCallerid, which says the presentation as well. */
export function sayCallerId(pbx: Pbx, channel: Channel): void {
  pbx.channelEvent('NewCallerid', channel, 'CID-CallingPres: 0 (Presentation Allowed, Not Screened)\r\n')
}

/** Reads `"Name" <number>`, `<number>` or a bare number. */
export function parseCallerId(text: string): Party | undefined {
  if (text.trim() === '') return undefined
  const full = /^\s*"?([^"<]*?)"?\s*<([^>]*)>\s*$/.exec(text)
  if (full) return { num: full[2]!.trim(), name: full[1]!.trim() }
  return { num: text.trim().replace(/^"|"$/g, ''), name: '' }
}

/** Puts an application on a channel, as AMI's Status and the CDR show it. */
export function runApplication(channel: Channel, application: string, data: string): void {
  channel.application = application
  channel.applicationData = data
  channel.cdr?.running()
}

/** The call's id on a channel, with everything but letters, digits, `_` and `-` filtered out. */
export function callIdOf(channel: Channel): string {
  return variable(channel, 'EVS_CALL_ID').replace(/[^A-Za-z0-9_-]/g, '')
}
