import { type Channel, snapshot } from './channel.ts'
import { type DialRequest, parseCallerId, runApplication } from './dial.ts'
import type { Pbx } from './pbx.ts'
import type { Script } from './thread.ts'

/** Applications an Originate may name here; anything else is refused, not guessed at. */
export const PLAYED_APPLICATIONS = ['Dial', 'ChanSpy'] as const

/** Asterisk's own refusal: applications that reach the shell or another channel's dialplan need class system. */
const NEEDS_SYSTEM =
  /^(system|trysystem|exec|execif|agi|eagi|externalivr|mixmonitor|monitor|originate|page|stasis)$/i

export function needsSystem(application: string): boolean {
  return NEEDS_SYSTEM.test(application)
}

/** Reads Dial's data, `PJSIP/number@trunk,seconds,options`; options f, S and g matter here, others are ignored. */
export function parseDial(data: string): DialRequest {
  const [to = '', seconds = '', ...rest] = data.split(',')
  const options = rest.join(',')
  const shown = /f\(([^)]*)\)/.exec(options)?.[1]
  const limitS = /S\((\d+)\)/.exec(options)?.[1]
  const request: DialRequest = { to: to.replace(/^PJSIP\//, ''), timeoutMs: Number(seconds || 3600) * 1000 }
  if (shown) request.callerId = parseCallerId(shown)
  if (limitS) request.limit = { ms: Number(limitS) * 1000, safety: false }
  return request
}

/** ChanSpy: listens to a channel until that ends; with option S it leaves at once when there is nothing to listen to. */
export function* spy(pbx: Pbx, spyer: Channel, data: string): Script {
  runApplication(spyer, 'ChanSpy', data)
  const [prefix = '', options = ''] = data.split(',')
  const spyee = [...pbx.channels.values()].find(channel => channel.name.startsWith(prefix))
  if (!spyee && options.includes('S')) return
  if (!spyee) {
    yield () => () => {} // silence for ever, as seen on the real thing without option S
    return
  }
  const both = (): string =>
    snapshot(spyer, pbx.channelvars, 'Spyer') + snapshot(spyee, pbx.channelvars, 'Spyee')
  pbx.outbox.add('ChanSpyStart', 'call', both(), { lanes: [spyer.uniqueid] })
  try {
    yield resume => {
      spyee.onEnd.push(resume)
      return () => {
        spyee.onEnd.splice(spyee.onEnd.indexOf(resume), 1)
      }
    }
  } finally {
    pbx.outbox.add('ChanSpyStop', 'call', both(), { lanes: [spyer.uniqueid] })
  }
}
