import type { Channel } from '../channel.ts'
import { STATE_NAMES } from '../channel.ts'
import { header } from '../message.ts'
import type { Pbx } from '../pbx.ts'
import { setVariable } from '../variables.ts'
import { withChannel } from './calls.ts'
import type { ActionTable } from './registry.ts'

export const variableActions: ActionTable = {
  setvar: {
    classes: ['call'],
    run(asking, { pbx }) {
      const name = header(asking.action, 'Variable')
      const value = header(asking.action, 'Value')
      if (name === '') return asking.refuse('No variable specified')
      if (header(asking.action, 'Channel') === '') {
        pbx.globals.set(name, value)
        return asking.ack('Variable Set')
      }
      withChannel(asking, pbx, '', 'No such channel', channel => {
        if (name === 'CDR(userfield)') {
          if (channel.cdr) channel.cdr.userField = value
        } else setVariable(channel.variables, name, value)
        asking.ack('Variable Set')
      })
    }
  },
  getvar: {
    classes: ['call', 'reporting'],
    run(asking, { pbx }) {
      const name = header(asking.action, 'Variable')
      if (name === '') return asking.refuse('No variable specified')
      const answer = (channel: Channel | undefined): void =>
        asking.answer([
          ['Variable', name],
          ['Value', read(pbx, channel, name)]
        ])
      if (header(asking.action, 'Channel') === '') return answer(undefined)
      withChannel(asking, pbx, '', 'No such channel', answer)
    }
  }
}

/** A variable or one of the dialplan functions the framework reads; unknown ones are empty, as on the real thing. */
function read(pbx: Pbx, channel: Channel | undefined, name: string): string {
  const call = /^([A-Z_]+)\((.*)\)$/.exec(name)
  if (!call) return (channel ? channel.variables.get(name)?.value : pbx.globals.get(name)) ?? ''
  const [, fn, argument = ''] = call
  const [id = '', field = ''] = argument.split(',').map(part => part.trim())
  switch (fn) {
    case 'PJSIP_AOR':
      return field === 'contact' && pbx.endpoints.phones.get(id)?.registered ? contactId(id) : ''
    case 'PJSIP_CONTACT':
      return contactField(pbx, id, field)
    case 'PJSIP_DIAL_CONTACTS':
      return pbx.endpoints.phones.get(id)?.registered ? `PJSIP/${id}/${contactUri(id)}` : ''
    case 'CHANNEL':
      return channel ? channelField(channel, argument) : ''
    case 'CDR':
      return argument === 'userfield' ? (channel?.cdr?.userField ?? '') : ''
    default:
      return channel?.variables.get(name)?.value ?? ''
  }
}

function channelField(channel: Channel, field: string): string {
  if (field === 'state') return STATE_NAMES[channel.state]
  if (field === 'uniqueid') return channel.uniqueid
  if (field === 'linkedid') return channel.linkedid
  return field === 'name' ? channel.name : ''
}

function contactId(phone: string): string {
  return `${phone};@${Buffer.from(phone).toString('hex').padStart(32, '0')}`
}

/** Where a simulated phone is registered; a SIP address that leads nowhere. */
export function contactUri(phone: string): string {
  return `sip:${phone}@127.0.0.1:5060`
}

function contactField(pbx: Pbx, id: string, field: string): string {
  const phone = id.split(';')[0]!
  if (!pbx.endpoints.phones.get(phone)?.registered) return ''
  const fields: Record<string, string> = {
    uri: contactUri(phone),
    status: 'Reachable',
    rtt: '600',
    user_agent: 'pbx-simulator',
    via_addr: '127.0.0.1',
    expiration_time: String(Math.floor(pbx.clock.nowMs() / 1000) + 300)
  }
  return fields[field] ?? ''
}
