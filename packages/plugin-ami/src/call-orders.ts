import type { CallOnLine, CallOrder } from '@evscallpro/core'
import type { AmiAction } from './link/encoder.ts'

/** An action, and how long to wait before the next one, ms. */
export interface PacedAction {
  readonly action: AmiAction
  readonly thenMs: number
}

/** What Asterisk answers for a channel that is gone; the words differ by action. */
export const noSuchChannel = /no such channel|channel does not exist|channel not found|channel not existent/i

/** Codes of features_evs.conf on the agent's channel. */
const featureCodes = { hold: '**81', pause_recording: '**82', resume_recording: '**83' } as const
/** A feature's keys, as measured: four of 80 ms, 30 ms apart, are known as a code after 458 ms. */
const featureKeyMs = 80
const betweenKeysMs = 30
/** Keys meant for people and menus: a gateway heard 260 ms for 200. */
const heardKeyMs = 200

/**
 * The actions that carry out an order, in turn; none when the channel they need is not known. Write class `call` is
 * enough for all of them: hold and recording are features of our dialplan that the agent's channel is made to press,
 * mute is a dialplan function, acceptance a Redirect.
 */
export function callOrderActions(call: CallOnLine, order: CallOrder): PacedAction[] {
  const agent = call.agentChannel
  switch (order.kind) {
    case 'hold':
    case 'pause_recording':
    case 'resume_recording':
      return agent === null ? [] : pressedBy(agent, featureCodes[order.kind])
    case 'resume':
      return agent === null ? [] : pressedBy(agent, '#')
    case 'mute':
    case 'unmute':
      return agent === null ? [] : [at(mute(agent, order.kind === 'mute'))]
    case 'accept':
      return agent === null ? [] : [at(redirect(agent, 'evs-confirm', 'accepted'))]
    case 'digits':
      return call.customerChannel === null ? [] : heardBy(call.customerChannel, order.digits)
  }
}

const at = (action: AmiAction, thenMs = 0): PacedAction => ({ action, thenMs })

/** As if the channel's own phone had pressed the keys. */
const pressedBy = (channel: string, keys: string): PacedAction[] =>
  [...keys].map(Digit =>
    at(
      { Action: 'PlayDTMF', Channel: channel, Digit, Duration: featureKeyMs, Receive: 'true' },
      betweenKeysMs
    )
  )

const heardBy = (channel: string, keys: string): PacedAction[] =>
  [...keys].map(Digit =>
    at({ Action: 'PlayDTMF', Channel: channel, Digit, Duration: heardKeyMs }, betweenKeysMs)
  )

const mute = (channel: string, on: boolean): AmiAction => ({
  Action: 'Setvar',
  Channel: channel,
  Variable: 'MUTEAUDIO(in)',
  Value: on ? 'on' : 'off'
})

/** Moves a channel to another place of the dialplan. */
export const redirect = (channel: string, context: string, exten: string): AmiAction => ({
  Action: 'Redirect',
  Channel: channel,
  Context: context,
  Exten: exten,
  Priority: '1'
})
