import { type Channel, STATE_NAMES, variable } from './channel.ts'

/** A channel as it is now. */
export interface ChannelView {
  name: string
  uniqueid: string
  linkedid: string
  endpoint: string
  state: string
  callId: string
  leg: string
  context: string
  exten: string
  bridged: boolean
  /** Keys its far end was sent. */
  keysHeard: string
}

/** The channels that belong together by Linkedid. */
export interface CallView {
  linkedid: string
  callId: string
  channels: ChannelView[]
  talking: boolean
}

export function channelView(channel: Channel): ChannelView {
  return {
    name: channel.name,
    uniqueid: channel.uniqueid,
    linkedid: channel.linkedid,
    endpoint: channel.endpoint.id,
    state: STATE_NAMES[channel.state],
    callId: variable(channel, 'EVS_CALL_ID'),
    leg: variable(channel, 'EVS_LEG'),
    context: channel.context,
    exten: channel.exten,
    bridged: channel.bridge !== undefined,
    keysHeard: channel.farEnd?.heard ?? ''
  }
}

export function callViews(channels: readonly Channel[]): CallView[] {
  const calls = new Map<string, CallView>()
  for (const channel of channels) {
    const view = channelView(channel)
    const call = calls.get(view.linkedid) ?? {
      linkedid: view.linkedid,
      callId: '',
      channels: [],
      talking: false
    }
    call.callId ||= view.callId
    call.talking ||= view.bridged
    call.channels.push(view)
    calls.set(view.linkedid, call)
  }
  return [...calls.values()]
}
