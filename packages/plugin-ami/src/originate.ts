import type { AgentLeg, CodeQuestion, HoldLegRequest, OriginateRequest, Route } from '@evscallpro/core'
import type { AmiAction } from './link/encoder.ts'

/** `dialplan`: our contexts on the PBX (production). `trial`: Asterisk's own Dial, one way out, softphones only. */
export type OriginateMode = 'dialplan' | 'trial'

/** ActionID and ChannelId of a call's agent leg: `<callId>-a1`, a retry `-a2`. */
export const agentLegId = (callId: string, attempt: number): string => `${callId}-a${attempt}`

/** ActionID and ChannelId of a leg that is held over a session. */
export const heldLegId = (legId: string, attempt: number): string => `${legId}-h${attempt}`

const dialString = ({ number, trunk }: Route): string => `PJSIP/${number}@${trunk}`

/** What a call is for the dialplan, whether its agent is called for it or on the line already. */
const callVariables = (request: OriginateRequest): Record<string, string> => ({
  __EVS_CALL_ID: request.callId,
  EVS_CAMPAIGN_ID: String(request.context.campaignId),
  EVS_AGENT_ID: String(request.context.agentId),
  EVS_CONTACT_ID: String(request.context.contactId ?? ''),
  EVS_HANDOUT_ID: String(request.context.handoutId ?? ''),
  EVS_SITE: String(request.context.siteId ?? ''),
  EVS_ROUTES: request.routes.map(dialString).join('|'),
  EVS_CIDS: request.routes.map(({ callerId }) => callerId ?? '').join('|'),
  EVS_TIMEOUT: String(request.ringSeconds),
  EVS_MAX: String(request.maxCallSeconds),
  EVS_RECORD: request.recordingFile ?? '',
  'CDR(userfield)': request.callId
})

/** How the agent's leg asks to be taken; nothing for a phone on the desk. */
const confirmVariables = ({ accept, confirm }: AgentLeg): Record<string, string> =>
  accept === 'none'
    ? {}
    : {
        EVS_ACCEPT: accept,
        EVS_PROMPT: confirm?.prompt ?? '',
        EVS_ACCEPT_S: String(confirm?.seconds ?? ''),
        EVS_EARLY_S: String(confirm?.earlySeconds ?? 0)
      }

const codeVariables = ({ code, prompts, earlySeconds }: CodeQuestion): Record<string, string> => ({
  EVS_CODE: code,
  EVS_PROMPT: prompts.ask,
  EVS_PROMPT_RIGHT: prompts.right,
  EVS_PROMPT_WRONG: prompts.wrong,
  EVS_EARLY_S: String(earlySeconds)
})

/** Where the agent's leg goes when it is answered. */
const firstContext = ({ accept }: AgentLeg, otherwise: string): string =>
  accept === 'none' ? otherwise : 'evs-confirm'

/**
 * The Originate action of a call: agent's leg first, the business context as channel variables. Asterisk answers as soon
 * as it has queued it (`Async`); without that, every action behind it would wait for the agent to answer.
 */
export function originateAction(request: OriginateRequest, mode: OriginateMode): AmiAction {
  const { callId, attempt, agentLeg } = request
  const leg = agentLegId(callId, attempt)
  const shown = (agentLeg.callerId ?? request.number).replace(/[^+0-9]/g, '')
  const { EVS_RECORD, ...variables } = callVariables(request)
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
      ...variables,
      EVS_LEG: 'agent',
      ...(EVS_RECORD ? { EVS_RECORD } : {}),
      ...confirmVariables(agentLeg),
      ...(agentLeg.keepSeconds ? { EVS_KEEP_S: String(agentLeg.keepSeconds) } : {})
    }
  }
}

/** Where the agent's leg goes when it is answered; an emergency asks for nothing first. */
const entryPoint = ({ emergency, number, agentLeg }: OriginateRequest): Record<string, string> =>
  emergency
    ? { Context: 'evs-emergency', Exten: number, Priority: '1' }
    : { Context: firstContext(agentLeg, 'evs-dial'), Exten: 's', Priority: '1' }

/** Rings the agent for a leg that waits for calls. */
export function holdLegAction(request: HoldLegRequest): AmiAction {
  const { legId, attempt, agentId, agentLeg, shiftSeconds, question } = request
  const leg = heldLegId(legId, attempt)
  const shown = (agentLeg.callerId ?? '').replace(/[^+0-9]/g, '')
  return {
    Action: 'Originate',
    ActionID: `orig-${leg}`,
    Channel: agentLeg.dial,
    ChannelId: leg,
    Context: question ? 'evs-code' : firstContext(agentLeg, 'evs-held'),
    Exten: 's',
    Priority: '1',
    CallerID: `"${shown}" <${shown}>`,
    Timeout: String(agentLeg.ringSeconds * 1000),
    Async: 'true',
    Variable: {
      EVS_LEG: 'agent',
      EVS_MODE: 'held',
      EVS_SESSION: legId,
      EVS_AGENT_ID: String(agentId),
      EVS_SHIFT_S: String(shiftSeconds),
      ...(question ? codeVariables(question) : confirmVariables(agentLeg))
    }
  }
}

/**
 * The actions that bring a call to an agent who is on the line already: all of its variables, as those of the call before
 * are still on the channel, then the Redirect. They leave in one write.
 */
export function nextCallActions(request: OriginateRequest, channel: string): AmiAction[] {
  return [
    ...Object.entries(callVariables(request)).map(([Variable, Value]) => ({
      Action: 'Setvar',
      Channel: channel,
      Variable,
      Value
    })),
    { Action: 'Redirect', Channel: channel, Context: 'evs-held', Exten: 'call', Priority: '1' }
  ]
}

/** Without our dialplan: one route; f() keeps the customer from seeing his own number; S() ends the call in time. */
function trialDial({ routes, ringSeconds, maxCallSeconds }: OriginateRequest): {
  Application: string
  Data: string
} {
  const route = routes[0]!
  const options = `S(${maxCallSeconds})${route.callerId ? `f(${route.callerId})` : ''}`
  return { Application: 'Dial', Data: `${dialString(route)},${ringSeconds},${options}` }
}
