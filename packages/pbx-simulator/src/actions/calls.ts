import { needsSystem, PLAYED_APPLICATIONS } from '../applications.ts'
import type { Channel } from '../channel.ts'
import { parseCallerId } from '../dial.ts'
import { extensionExists } from '../dialplan.ts'
import { redirect } from '../leg.ts'
import { header, headerValues, isTrue } from '../message.ts'
import { type OriginateRequest, originate } from '../originate.ts'
import type { Asking } from '../session.ts'
import { splitVariableHeader } from '../variables.ts'
import type { ActionContext, ActionTable } from './registry.ts'

const DEFAULT_TIMEOUT_MS = 30_000
/** AST_MAX_PUBLIC_UNIQUEID. */
const MAX_CHANNEL_ID = 149

export const callActions: ActionTable = {
  originate: { classes: ['originate'], run: runOriginate },
  hangup: {
    classes: ['system', 'call'],
    run(asking, { pbx }) {
      withChannel(asking, pbx, 'No channel specified', 'No such channel', channel => {
        const cause = Number(header(asking.action, 'Cause') || 0)
        asking.ack('Channel Hungup')
        pbx.signal(channel, {
          kind: 'kicked',
          cause: Number.isInteger(cause) && cause >= 0 && cause <= 127 ? cause : 0
        })
      })
    }
  },
  redirect: { classes: ['call'], run: runRedirect },
  playdtmf: {
    classes: ['call'],
    run(asking, { pbx }) {
      const digit = header(asking.action, 'Digit')
      withChannel(asking, pbx, 'Channel not specified', 'Channel not found.', channel => {
        if (!/^[0-9*#A-Da-d]/.test(digit)) return asking.refuse('No digit specified')
        asking.ack('DTMF successfully queued')
        if (isTrue(header(asking.action, 'Receive'))) pbx.signal(channel, { kind: 'digit', digit: digit[0]! })
        else if (channel.farEnd) channel.farEnd.heard += digit[0]!
      })
    }
  },
  mixmonitormute: {
    classes: ['system', 'call'],
    run(asking, { pbx }) {
      withChannel(asking, pbx, 'Channel name is required.', 'No such channel', channel => {
        const direction = header(asking.action, 'Direction') || 'both'
        const state = header(asking.action, 'State')
        if (!/^[01]$/.test(state)) return asking.refuse('State must be 1 or 0')
        if (!channel.recording) return asking.refuse('Cannot set mute flag')
        asking.answer([])
        pbx.channelEvent('MixMonitorMute', channel, `Direction: ${direction}\r\nState: ${state}\r\n`)
      })
    }
  },
  stopmixmonitor: {
    classes: ['system', 'call'],
    run(asking, { pbx }) {
      withChannel(asking, pbx, 'No channel specified', 'No such channel', channel => {
        if (!channel.recording) return asking.refuse('Could not stop monitoring channel')
        asking.answer([])
        channel.recording = false
        pbx.channelEvent('MixMonitorStop', channel)
      })
    }
  }
}

/** Finds the channel an action names, by name or Uniqueid, or answers why not. */
export function withChannel(
  asking: Asking,
  pbx: ActionContext['pbx'],
  missing: string,
  unknown: string,
  then: (channel: Channel) => void
): void {
  const name = header(asking.action, 'Channel')
  const channel = name === '' ? undefined : pbx.find(name)
  if (channel) then(channel)
  else asking.refuse(name === '' ? missing : unknown)
}

function runRedirect(asking: Asking, { pbx }: ActionContext): void {
  const { action, refuse } = asking
  if (header(action, 'Channel') === '') {
    refuse('Channel not specified')
    return
  }
  const where = (prefix: '' | 'Extra'): { context: string; exten: string } | undefined => {
    for (const field of prefix === '' ? ['Context', 'Exten', 'Priority'] : ['ExtraExten', 'ExtraPriority']) {
      if (header(action, field) === '') {
        refuse(`${field} not specified`)
        return undefined
      }
    }
    if (!(Number(header(action, `${prefix}Priority`)) >= 1)) {
      refuse(`${prefix}Priority is invalid`)
      return undefined
    }
    return { context: header(action, `${prefix}Context`), exten: header(action, `${prefix}Exten`) }
  }
  const first = where('')
  if (!first) return
  const extraName = header(action, 'ExtraChannel')
  const second = extraName !== '' && header(action, 'ExtraContext') !== '' ? where('Extra') : first
  if (!second) return
  const channel = pbx.find(header(action, 'Channel'))
  const extra = extraName === '' ? undefined : pbx.find(extraName)
  if (!channel) refuse(`Channel does not exist: ${header(action, 'Channel')}`)
  else if (extraName !== '' && !extra) refuse(`ExtraChannel does not exist: ${extraName}`)
  else {
    asking.ack(extra ? 'Dual Redirect successful' : 'Redirect successful')
    redirect(pbx, channel, first.context, first.exten)
    if (extra) redirect(pbx, extra, second.context, second.exten)
  }
}

function runOriginate(asking: Asking, { pbx }: ActionContext): Promise<void> | void {
  const { action, session, refuse, ack } = asking
  const get = (name: string): string => header(action, name)
  const [channel, application, context, exten] = ['Channel', 'Application', 'Context', 'Exten'].map(get) as [
    string,
    string,
    string,
    string
  ]
  if (get('ChannelId').length > MAX_CHANNEL_ID)
    return refuse(`Uniqueid length exceeds maximum of ${MAX_CHANNEL_ID}\n`)
  if (channel === '') return refuse('Channel not specified')
  const priority = get('Priority')
  if (priority !== '' && !/^\d+$/.test(priority)) return refuse('Invalid priority')
  const timeout = get('Timeout') === '' ? DEFAULT_TIMEOUT_MS : Number(get('Timeout'))
  if (!Number.isFinite(timeout)) return refuse('Invalid timeout')
  if (!channel.includes('/')) return refuse('Invalid channel')
  const variables = headerValues(action, 'Variable').flatMap(splitVariableHeader)
  if (channel === 'Local/s@evs-rules/n') {
    pbx.keepRules(new Map(variables))
    return ack('Originate successfully queued')
  }
  if (application !== '' && needsSystem(application) && !session.permissions.write.has('system')) {
    return refuse('Originate Access Forbidden: app or data blacklisted')
  }
  if (application === '') {
    if (exten === '' || context === '' || !(Number(priority) > 0)) {
      return refuse("Originate with 'Exten' requires 'Context' and 'Priority'")
    }
    if (!extensionExists(pbx, context, exten)) return refuse('Extension does not exist.')
  } else {
    const played = PLAYED_APPLICATIONS.some(name => name.toLowerCase() === application.toLowerCase())
    if (!played)
      return refuse(`Not simulated: application ${application}; simulated: ${PLAYED_APPLICATIONS.join(', ')}`)
    if (get('Data').split(',')[0]!.includes('&'))
      return refuse('Not simulated: Dial with several destinations')
  }
  const request: OriginateRequest = {
    actionId: get('ActionID'),
    channel,
    channelId: get('ChannelId'),
    timeoutMs: timeout,
    callerId: parseCallerId(get('CallerID')),
    account: get('Account'),
    variables,
    to: application === '' ? { context, exten } : { application, data: get('Data') }
  }
  if (isTrue(get('Async'))) {
    ack('Originate successfully queued')
    originate(pbx, request)
    return
  }
  return new Promise(resolve => {
    originate(pbx, request, answered => {
      if (answered) ack('Originate successfully queued')
      else refuse('Originate failed')
      resolve()
    })
  })
}
