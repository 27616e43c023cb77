import { LiveTable, type Me, type MockSession } from '@evscallpro/api-client'
import { agent, board, calls, handout, history, lastCall, now, quotas } from './sample.ts'

/** One element in one state. */
export interface Scene {
  readonly html: string
  readonly me?: Partial<Me>
  readonly set?: (session: MockSession) => void
  /** What is done on the page before it is looked at: clicks the first element that this selector finds in the shadow root. */
  readonly click?: string | readonly string[]
  /** Without a session. */
  readonly alone?: true
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
  'agent-state-stations': {
    html: '<evs-agent-state></evs-agent-state>',
    click: ['.me', '[part=option]:nth-last-of-type(2)']
  },
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
  'connection-status connecting': {
    html: '<evs-connection-status></evs-connection-status>',
    set: session => session.mock.setConnection({ state: 'connecting' })
  },
  'connection-status refused': {
    html: '<evs-connection-status></evs-connection-status>',
    set: session => session.mock.setConnection({ state: 'refused', reason: 'signed out' })
  },
  'connection-status on the line': {
    html: '<evs-connection-status></evs-connection-status>',
    me: inCall('talking')
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
  'incoming-call inbound': {
    html: '<evs-incoming-call placement="inline"></evs-incoming-call>',
    me: {
      agent: agent('ringing_agent', 7),
      call: { ...calls.ringing, direction: 'inbound', handoutId: null, accept: 'answer' }
    }
  },
  'incoming-call with a bar': {
    html: `${bar}<evs-incoming-call></evs-incoming-call>`,
    me: { ...inCall('screen'), agent: agent('ringing_agent', 7) }
  },
  'click-to-dial': {
    html: '<p>Tel. <evs-click-to-dial number="+33261915578" name="Hélène Lefèvre"></evs-click-to-dial></p>'
  },
  'click-to-dial on the line': {
    html: '<p>Tel. <evs-click-to-dial number="+33261915578" name="Hélène Lefèvre"></evs-click-to-dial></p>',
    me: inCall('talking')
  },
  'agent-login': { html: '<evs-agent-login></evs-agent-login>', me: { agent: agent('offline', 0) } },
  'agent-login refused': {
    html: '<evs-agent-login></evs-agent-login>',
    me: { agent: agent('offline', 0) },
    set: session =>
      session.mock.answer('login', { ok: false, code: 'agent_leg_failed', message: '', retryable: true }),
    click: '[type=submit]'
  },
  'agent-login at work': { html: '<evs-agent-login></evs-agent-login>' },
  'next-contact ready': { html: '<evs-next-contact></evs-next-contact>' },
  'next-contact in hand': {
    html: '<evs-next-contact></evs-next-contact>',
    me: { agent: agent('reserved', 18), handout }
  },
  'next-contact countdown': {
    html: '<evs-next-contact></evs-next-contact>',
    me: {
      agent: agent('reserved', 2),
      handout: {
        ...handout,
        quotaFull: true,
        why: { ...handout.why, cause: 'due' },
        dialAt: new Date(now + 5000).toISOString()
      }
    }
  },
  'next-contact none': {
    html: '<evs-next-contact></evs-next-contact>',
    set: session =>
      session.mock.answer('requestNext', {
        ok: true,
        value: {
          handout: null,
          reasons: [{ code: 'scheduled', detail: '', until: '2026-11-23T08:00:00Z', ref: null, name: null }],
          askAgainAt: '2026-11-23T08:00:00Z'
        }
      }),
    click: '.btn'
  },
  'next-contact in a call': { html: '<evs-next-contact></evs-next-contact>', me: inCall('talking') },
  'contact-card in hand': {
    html: '<evs-contact-card></evs-contact-card>',
    me: { agent: agent('reserved', 18), handout }
  },
  'contact-card while the phone rings': {
    html: '<evs-contact-card></evs-contact-card>',
    me: { ...inCall('ringing'), agent: agent('ringing_agent', 7) }
  },
  'contact-card on the line': { html: '<evs-contact-card></evs-contact-card>', me: inCall('talking') },
  'contact-card none': { html: '<evs-contact-card></evs-contact-card>' },
  'wrap-up in the call': { html: '<evs-wrap-up></evs-wrap-up>', me: inCall('talking') },
  'wrap-up callback': {
    html: '<evs-wrap-up></evs-wrap-up>',
    me: {
      ...wrapUp,
      handout: {
        ...handout,
        callsMade: 1,
        dispositionId: 2,
        callbackAt: '2026-11-24T17:15:00Z',
        callbackPersonal: true,
        note: 'Préfère en fin de journée, après 18 h.',
        contact: { ...handout.contact, timeZone: 'Indian/Reunion' }
      }
    }
  },
  'wrap-up nothing chosen': { html: '<evs-wrap-up></evs-wrap-up>', me: wrapUp, click: '[part=submit]' },
  'wrap-up nothing to do': { html: '<evs-wrap-up></evs-wrap-up>' },
  'live-board': { html: '<evs-live-board></evs-live-board>', set: session => session.mock.putBoard(board) },
  'live-board stale': {
    html: '<evs-live-board></evs-live-board>',
    set: session => {
      session.mock.putBoard(board.slice(0, 3))
      setStatus(session.board, 'stale')
    }
  },
  'live-board menu': {
    html: '<evs-live-board></evs-live-board>',
    set: session => session.mock.putBoard(board.slice(0, 3)),
    click: '.info'
  },
  'live-board loading': { html: '<evs-live-board></evs-live-board>' },
  'live-board refused': {
    html: '<evs-live-board></evs-live-board>',
    set: session => setStatus(session.board, 'refused')
  },
  'live-board nobody': {
    html: '<evs-live-board></evs-live-board>',
    set: session => session.mock.putBoard([])
  },
  'quota-board': {
    html: '<evs-quota-board campaign-id="3"></evs-quota-board>',
    set: session => session.mock.putQuotas(3, quotas)
  },
  'quota-board stale': {
    html: '<evs-quota-board campaign-id="3"></evs-quota-board>',
    set: session => {
      session.mock.putQuotas(3, quotas)
      setStatus(session.quotas(3), 'stale')
    }
  },
  'quota-board of no campaign': { html: '<evs-quota-board></evs-quota-board>' },
  'quota-board none': {
    html: '<evs-quota-board campaign-id="3"></evs-quota-board>',
    set: session => session.mock.putQuotas(3, [])
  },
  'call-history': {
    html: '<evs-call-history of-contact></evs-call-history>',
    me: inCall('talking'),
    set: session =>
      session.mock.respond(
        'GET',
        '/api/agent/call-history?sort=-startedAt&limit=20&contactId=4217&campaignId=3',
        history
      )
  },
  'call-history of all': {
    html: '<evs-call-history scope="all"></evs-call-history>',
    set: session => {
      session.mock.respond('GET', '/api/call-history?sort=-startedAt&limit=20', { ...history, next: 'x_1' })
      session.mock.respond('GET', '/api/call-history?sort=startedAt&limit=20', { ...history, next: null })
      session.mock.respond('GET', '/api/call-history?sort=-startedAt&limit=20&after=x_1', {
        items: history.items.slice(1, 2),
        next: null
      })
      for (const digits of ['4120', '639984120'])
        session.mock.respond(
          'GET',
          `/api/call-history?sort=-startedAt&limit=20&outcome=busy&numberEnds=${digits}`,
          { items: [], next: null }
        )
    }
  },
  'call-history loading': {
    html: '<evs-call-history no-filter></evs-call-history>',
    set: session =>
      session.mock.respond('GET', '/api/agent/call-history?sort=-startedAt&limit=20', new Promise(() => {}))
  },
  'call-bar without a session': { html: bar, alone: true },
  'live-board without a session': { html: '<evs-live-board></evs-live-board>', alone: true },
  'call-history failed': { html: '<evs-call-history no-filter></evs-call-history>' }
}

/** The rows of a mock are tables whose owner may set their state. */
function setStatus(rows: unknown, status: 'stale' | 'refused'): void {
  if (rows instanceof LiveTable) rows.setStatus(status)
}
