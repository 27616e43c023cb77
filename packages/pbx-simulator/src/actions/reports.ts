import { bridgeLines } from '../bridge.ts'
import { type Channel, snapshot } from '../channel.ts'
import { header, isTrue } from '../message.ts'
import type { Pbx } from '../pbx.ts'
import type { Asking } from '../session.ts'
import { withChannel } from './calls.ts'
import type { ActionTable } from './registry.ts'

/** What CoreSettings says: the version these behaviours were measured on. */
export const ASTERISK_VERSION = '22.10.1'

export const reportActions: ActionTable = {
  coreshowchannels: {
    classes: ['system', 'reporting'],
    run(asking, { pbx }) {
      const rows = [...pbx.channels.values()].map(
        channel =>
          `${idLine(asking)}${snapshot(channel, pbx.channelvars)}Application: ${channel.application}\r\n` +
          `ApplicationData: ${channel.applicationData}\r\nDuration: ${clockTime(seconds(pbx, channel))}\r\n` +
          `BridgeId: ${channel.bridge?.id ?? ''}\r\n`
      )
      asking.list('Channels will follow', 'CoreShowChannel', rows, 'CoreShowChannelsComplete')
    }
  },
  status: {
    classes: ['system', 'call', 'reporting'],
    run(asking, { pbx }) {
      const list = (channels: Channel[]): void => {
        const rows = channels.map(channel => statusRow(asking, pbx, channel))
        const tail = `Items: ${rows.length}\r\n`
        asking.list('Channel status will follow', 'Status', rows, 'StatusComplete', tail)
      }
      if (header(asking.action, 'Channel') === '') list([...pbx.channels.values()])
      else withChannel(asking, pbx, '', 'No such channel', channel => list([channel]))
    }
  },
  bridgelist: {
    classes: [],
    run(asking, { pbx }) {
      const rows = [...pbx.bridges].map(bridge => idLine(asking) + bridgeLines(bridge))
      asking.list('Bridge listing will follow', 'BridgeListItem', rows, 'BridgeListComplete')
    }
  },
  bridgeinfo: {
    classes: [],
    run(asking, { pbx }) {
      const id = header(asking.action, 'BridgeUniqueid')
      if (id === '') return asking.refuse('BridgeUniqueid must be provided')
      const bridge = [...pbx.bridges].find(candidate => candidate.id === id)
      if (!bridge) return asking.refuse('Bridge not found')
      const rows = bridge.channels.map(channel => idLine(asking) + snapshot(channel, pbx.channelvars))
      const tail = bridgeLines(bridge)
      asking.list('Bridge channel listing will follow', 'BridgeInfoChannel', rows, 'BridgeInfoComplete', tail)
    }
  },
  corestatus: {
    classes: ['system', 'reporting'],
    run({ answer }, { pbx }) {
      const [date, time] = new Date(pbx.bootMs).toISOString().slice(0, 19).split('T') as [string, string]
      answer([
        ['CoreStartupDate', date],
        ['CoreStartupTime', time],
        ['CoreReloadDate', date],
        ['CoreReloadTime', time],
        ['CoreCurrentCalls', pbx.channels.size],
        ['CoreProcessedCalls', pbx.processedCalls]
      ])
    }
  },
  coresettings: {
    classes: ['system', 'reporting'],
    run({ answer }) {
      answer([
        ['AMIversion', '11.0.0'],
        ['AsteriskVersion', ASTERISK_VERSION],
        ['SystemName', ''],
        ['CoreMaxCalls', 0],
        ['CoreMaxLoadAvg', '0.000000'],
        ['CoreRunUser', ''],
        ['CoreRunGroup', ''],
        ['CoreMaxFilehandles', 0],
        ['CoreRealTimeEnabled', 'No'],
        ['CoreCDRenabled', 'Yes'],
        ['CoreHTTPenabled', 'No'],
        ['SoundsSearchCustomDir', 'No']
      ])
    }
  }
}

function statusRow(asking: Asking, pbx: Pbx, channel: Channel): string {
  const { action } = asking
  const wanted = isTrue(header(action, 'AllVariables'))
    ? [...channel.variables.keys()]
    : header(action, 'Variables')
        .split(',')
        .filter(name => name !== '')
  const variables = wanted
    .map(name => `Variable: ${name}=${channel.variables.get(name)?.value ?? ''}\r\n`)
    .join('')
  const num = channel.connected.num || '<unknown>'
  const name = channel.connected.name || '<unknown>'
  return (
    `Privilege: Call\r\n${snapshot(channel, pbx.channelvars)}Type: PJSIP\r\nDNID: \r\n` +
    `EffectiveConnectedLineNum: ${num}\r\nEffectiveConnectedLineName: ${name}\r\nTimeToHangup: 0\r\n` +
    `BridgeID: ${channel.bridge?.id ?? ''}\r\nApplication: ${channel.application}\r\nData: ${channel.applicationData}\r\n` +
    `Nativeformats: (alaw)\r\nReadformat: alaw\r\nReadtrans: \r\nWriteformat: alaw\r\nWritetrans: \r\n` +
    `Callgroup: 0\r\nPickupgroup: 0\r\nSeconds: ${seconds(pbx, channel)}\r\n${variables}${idLine(asking)}`
  )
}

function seconds(pbx: Pbx, channel: Channel): number {
  return Math.floor((pbx.clock.nowMs() - channel.createdAtMs) / 1000)
}

function clockTime(total: number): string {
  const two = (value: number): string => String(value).padStart(2, '0')
  return `${two(Math.floor(total / 3600))}:${two(Math.floor(total / 60) % 60)}:${two(total % 60)}`
}

/** The ActionID line of a list's rows. */
export function idLine(asking: Asking): string {
  const id = header(asking.action, 'ActionID')
  return id === '' ? '' : `ActionID: ${id}\r\n`
}
