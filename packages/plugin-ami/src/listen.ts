import type { ListenRequest } from '@evscallpro/core'
import type { AmiAction } from './link/encoder.ts'

/** ChannelId of a supervisor's leg: never a leg of a call. */
export const listenLegId = (listenId: string): string => `${listenId}-s1`

/**
 * ChanSpy's options: quiet; leave when the spied channel ends (E), and when there is nothing to spy on (S), as otherwise the
 * supervisor of a call that has just ended sits in silence for ever (seen); whisper (w) reaches the agent alone.
 */
const spyOptions = { listen: 'qES', whisper: 'qwES' } as const

/** Rings the supervisor and puts him on the agent's channel. The channel's name is whole: ChanSpy matches prefixes. */
export const listenAction = (agentChannel: string, { listenId, mode, leg }: ListenRequest): AmiAction => ({
  Action: 'Originate',
  ActionID: `orig-${listenLegId(listenId)}`,
  Channel: leg.dial,
  ChannelId: listenLegId(listenId),
  Application: 'ChanSpy',
  Data: `${agentChannel},${spyOptions[mode]}`,
  CallerID: '"EVSCallPro" <>',
  Timeout: String(leg.ringSeconds * 1000),
  Async: 'true',
  Variable: { EVS_LEG: 'supervisor' }
})
