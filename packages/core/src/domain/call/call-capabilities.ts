import type { CallControl } from '../telephony/telephony-port.ts'

/** What somebody can do with a call now; a screen shows a control for each and no other. */
export const callCapabilityNames = [
  'hangup',
  'hold',
  'resume',
  'mute',
  'unmute',
  'digits',
  'pause_recording',
  'resume_recording',
  'accept',
  'listen',
  'whisper'
] as const
export type CallCapability = (typeof callCapabilityNames)[number]

/** What decides. */
export interface ControllableCall {
  readonly state: string
  readonly agentId: number | null
  readonly accept: string
  /** Accepted on the screen a moment ago. */
  readonly acceptSent: boolean
  readonly held: boolean
  readonly muted: boolean
  readonly recording: 'off' | 'on' | 'paused'
  readonly hangupRequested: boolean
}

/** Who asks: `agentId` is his own id as an agent, null for whoever never calls (an API key). */
export interface Controller {
  readonly agentId: number | null
  readonly permissions: ReadonlySet<string>
}

/**
 * What this person can do with this call now, given what the PBX can do at all. The agent controls his own call, who has
 * `calls:control` any; nobody listens to himself. Nothing is offered that would only be refused.
 */
export function callCapabilities(
  call: ControllableCall,
  controls: ReadonlySet<CallControl>,
  who: Controller
): CallCapability[] {
  if (call.hangupRequested) return []
  const own = who.agentId !== null && who.agentId === call.agentId
  const controlled = own || who.permissions.has('calls:control')
  const talking = call.state === 'talking'
  const able: Record<CallCapability, boolean> = {
    hangup: controlled,
    hold: controlled && talking && !call.held && controls.has('hold'),
    resume: controlled && talking && call.held && controls.has('hold'),
    mute: controlled && talking && !call.muted && controls.has('mute'),
    unmute: controlled && talking && call.muted && controls.has('mute'),
    digits: controlled && talking && !call.held && controls.has('digits'),
    pause_recording:
      controlled && talking && !call.held && call.recording === 'on' && controls.has('recording'),
    resume_recording:
      controlled && talking && !call.held && call.recording === 'paused' && controls.has('recording'),
    accept:
      own &&
      call.state === 'awaiting_acceptance' &&
      call.accept === 'screen' &&
      !call.acceptSent &&
      controls.has('accept'),
    listen: !own && talking && who.permissions.has('calls:listen') && controls.has('listen'),
    whisper: !own && talking && who.permissions.has('calls:listen') && controls.has('whisper')
  }
  return callCapabilityNames.filter(name => able[name])
}
