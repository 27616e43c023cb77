import type { Me, MockSession } from '@evscallpro/api-client'
import { agent, calls, handout, lastCall } from './sample.ts'

/** One element in one state. */
export interface Scene {
  readonly html: string
  readonly me?: Partial<Me>
  readonly set?: (session: MockSession) => void
  /** What is done on the page before it is looked at: clicks the first element that this selector finds in the shadow root. */
  readonly click?: string
}

const inCall = (call: keyof typeof calls): Partial<Me> => ({
  agent: agent('talking', 252),
  handout: { ...handout, callId: calls[call].callId, callsMade: 1 },
  call: calls[call]
})
const wrapUp: Partial<Me> = {
  agent: agent('wrap_up', 12),
  handout: { ...handout, callsMade: 1 },
  lastCall: lastCall('answered', 363_000),
  wrapUp: {
    handoutId: 31,
    deadline: new Date(Date.parse(agent('wrap_up', -48).since)).toISOString(),
    extensionsLeft: 2,
    extensionSeconds: 60
  }
}
const bar = '<evs-call-bar></evs-call-bar>'

export const scenes: Readonly<Record<string, Scene>> = {
  'call-bar off duty': { html: bar, me: { agent: agent('offline', 0) } },
  'call-bar ready': { html: bar },
  'call-bar next contact ready': { html: bar, me: { agent: agent('reserved', 18), handout } },
  'call-bar ringing': { html: bar, me: { ...inCall('ringing'), agent: agent('ringing_agent', 7) } },
  'call-bar accept here': { html: bar, me: { ...inCall('screen'), agent: agent('ringing_agent', 7) } },
  'call-bar dialling': { html: bar, me: { ...inCall('dialling'), agent: agent('dialling_customer', 14) } },
  'call-bar talking': { html: bar, me: inCall('talking') },
  'call-bar keypad': { html: bar, me: inCall('talking'), click: '.ctl[aria-expanded]' },
  'call-bar muted': { html: bar, me: inCall('muted') },
  'call-bar on hold': { html: bar, me: inCall('held') },
  'call-bar offline in a call': {
    html: bar,
    me: inCall('talking'),
    set: session =>
      session.mock.setConnection({ state: 'offline', since: Date.now() - 24_000, retryAt: null })
  },
  'call-bar ended': { html: bar, me: wrapUp },
  'call-bar not connected': {
    html: bar,
    me: { agent: agent('reserved', 12), handout: { ...handout, callsMade: 1 }, lastCall: lastCall('busy', 0) }
  },
  'agent-state ready': { html: '<evs-agent-state></evs-agent-state>' },
  'agent-state open': { html: '<evs-agent-state></evs-agent-state>', click: '.me' },
  'agent-state paused': {
    html: '<evs-agent-state></evs-agent-state>',
    me: { agent: agent('paused', 1865, { pauseReason: 'lunch' }) }
  },
  'agent-state pause after this call': {
    html: '<evs-agent-state></evs-agent-state>',
    me: { ...inCall('talking'), agent: agent('talking', 252, { pauseRequested: 'coffee' }) }
  },
  'agent-state phone lost': {
    html: '<evs-agent-state></evs-agent-state>',
    me: { agent: agent('phone_lost', 9) }
  },
  'connection-status online': { html: '<evs-connection-status></evs-connection-status>' },
  'connection-status slow': {
    html: '<evs-connection-status></evs-connection-status>',
    set: session => session.mock.setConnection({ state: 'degraded', latencyMs: 820 })
  },
  'connection-status offline': {
    html: '<evs-connection-status></evs-connection-status>',
    set: session =>
      session.mock.setConnection({ state: 'offline', since: Date.now() - 24_000, retryAt: Date.now() + 4000 })
  },
  'incoming-call press 1': {
    html: '<evs-incoming-call placement="inline"></evs-incoming-call>',
    me: { ...inCall('ringing'), agent: agent('ringing_agent', 7) }
  },
  'incoming-call accept here': {
    html: '<evs-incoming-call placement="inline"></evs-incoming-call>',
    me: { ...inCall('screen'), agent: agent('ringing_agent', 7) }
  },
  'click-to-dial': {
    html: '<p>Tel. <evs-click-to-dial number="+33261915578" name="Hélène Lefèvre"></evs-click-to-dial></p>'
  },
  'click-to-dial on the line': {
    html: '<p>Tel. <evs-click-to-dial number="+33261915578" name="Hélène Lefèvre"></evs-click-to-dial></p>',
    me: inCall('talking')
  }
}
