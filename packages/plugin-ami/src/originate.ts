import type { OriginateRequest } from '@evscallpro/core'
import type { AmiAction } from './link/encoder.ts'

/** `dialplan`: our contexts on the PBX (production). `trial`: Asterisk's own Dial, one way out, softphones only. */
export type OriginateMode = 'dialplan' | 'trial'

/** ActionID and ChannelId of a call's agent leg: `<callId>-a1`, a retry `-a2`. */
export const agentLegId = (callId: string, attempt: number): string => `${callId}-a${attempt}`

/**
 * The Originate action of a call: agent's leg first, the business context as channel variables. Asterisk answers as soon
 * as it has queued it (`Async`); without that, every action behind it would wait for the agent to answer.
 */
export function originateAction(request: OriginateRequest, mode: OriginateMode): AmiAction {
  const { callId, attempt, agentLeg, routes, context } = request
  const leg = agentLegId(callId, attempt)
  const shown = request.number.replace(/[^+0-9]/g, '')
  return {
    Action: 'Originate',
    ActionID: `orig-${leg}`,
    Channel: agentLeg.dial,
    ChannelId: leg,
    ...(mode === 'dialplan' ? entryPoint(request) : trialDial(request)),
    CallerID: `"${shown}" <${shown}>`,
    Timeout: String(agentLeg.ringSeconds * 1000),
    Async: 'true',
    Variable: {
      __EVS_CALL_ID: callId,
      EVS_LEG: 'agent',
      EVS_CAMPAIGN_ID: String(context.campaignId),
      EVS_AGENT_ID: String(context.agentId),
      EVS_CONTACT_ID: String(context.contactId ?? ''),
      EVS_HANDOUT_ID: String(context.handoutId ?? ''),
      EVS_SITE: String(context.siteId ?? ''),
      EVS_ROUTES: routes.map(({ number, trunk }) => `PJSIP/${number}@${trunk}`).join('|'),
      EVS_CIDS: routes.map(({ callerId }) => callerId ?? '').join('|'),
      EVS_TIMEOUT: String(request.ringSeconds),
      EVS_MAX: String(request.maxCallSeconds),
      ...(request.recordingFile === null ? {} : { EVS_RECORD: request.recordingFile }),
      'CDR(userfield)': callId
    }
  }
}

const entryPoint = ({ emergency, number }: OriginateRequest): Record<string, string> =>
  emergency
    ? { Context: 'evs-emergency', Exten: number, Priority: '1' }
    : { Context: 'evs-dial', Exten: 's', Priority: '1' }

/** Without our dialplan: one route; f() keeps the customer from seeing his own number; S() ends the call in time. */
function trialDial({ routes, ringSeconds, maxCallSeconds }: OriginateRequest): {
  Application: string
  Data: string
} {
  const { number, trunk, callerId } = routes[0]!
  const options = `S(${maxCallSeconds})${callerId ? `f(${callerId})` : ''}`
  return { Application: 'Dial', Data: `PJSIP/${number}@${trunk},${ringSeconds},${options}` }
}
