import type { Channel } from './channel.ts'

export interface Bridge {
  readonly id: string
  technology: 'simple_bridge' | 'native_rtp'
  readonly channels: Channel[]
}

/** Header lines that describe a bridge. */
export function bridgeLines(bridge: Bridge): string {
  return (
    `BridgeUniqueid: ${bridge.id}\r\nBridgeType: basic\r\nBridgeTechnology: ${bridge.technology}\r\n` +
    `BridgeCreator: <unknown>\r\nBridgeName: <unknown>\r\nBridgeNumChannels: ${bridge.channels.length}\r\n` +
    `BridgeVideoSourceMode: none\r\n`
  )
}
