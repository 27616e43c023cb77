/// <reference path="./asterisk-manager-package.d.ts" />
import createManager from 'asterisk-manager'
import { AmiActionFailed, AmiActionReserved } from '../errors.ts'
import type { AmiLink } from '../link/ami-link.ts'
import { type AmiPacket, header, parsePacket, type WirePacket } from '../link/packet.ts'
import { fromLegacyAction, toLegacyPacket } from './legacy-packets.ts'
import type { AsteriskManager, LegacyAction, LegacyCallback } from './types.ts'

let managers = 0

/**
 * An emitter that integrators know as `asterisk-manager`, fed by the plugin's link. The package's own socket and
 * parser are not used: they split packets at bare line feeds, so that text in a header becomes events that never were
 * (measured on Asterisk 22), and they carry half a packet into the next connection.
 *
 * Events are converted only while somebody listens to them. Actions go through the link's encoder and time limits.
 * @param link where actions go, and whose state `isConnected`, `connect` and `close` tell
 * @param events where events come from, when that is another session
 * @param mayDo which actions pass; others fail with AMI_ACTION_RESERVED. Default: all
 */
export function createAsteriskManager(
  link: AmiLink,
  events: AmiLink = link,
  mayDo: (action: string) => boolean = () => true
): AsteriskManager {
  const manager = createManager()
  const ownRawListeners = manager.listeners('rawevent').length
  managers += 1
  const idPrefix = `ami-${managers.toString(36)}`
  let sequence = 0
  let attached = false

  const heard = (name: string): boolean => manager.listeners(name).length > 0
  const feed = (packet: WirePacket): void => {
    const name = (header(packet, 'Event') ?? '').toLowerCase()
    const userEvent =
      name === 'userevent' && heard(`userevent-${(header(packet, 'UserEvent') ?? '').toLowerCase()}`)
    if (userEvent || heard('managerevent') || heard(name) || rawHeard())
      manager.emit('rawevent', toLegacyPacket(parsePacket(packet.text)))
  }
  const feedResponse = (packet: AmiPacket): void => {
    const own = heard(header(packet, 'ActionID') ?? '')
    if (own || heard('response') || heard('asterisk') || rawHeard())
      manager.emit('rawevent', toLegacyPacket(packet))
  }
  const rawHeard = (): boolean => manager.listeners('rawevent').length > ownRawListeners
  const tell = {
    up: () => void manager.emit('connect'),
    down: () => void manager.emit('close'),
    retry: ({ error }: { error: Error }) => void manager.emit('error', error)
  }

  const attach = (): void => {
    if (attached) return
    attached = true
    events.on('event', feed)
    link.on('response', feedResponse)
    link.on('up', tell.up).on('down', tell.down).on('retry', tell.retry)
  }
  const detach = (): void => {
    attached = false
    events.off('event', feed)
    link.off('response', feedResponse)
    link.off('up', tell.up).off('down', tell.down).off('retry', tell.retry)
  }
  const whenUp = (callback: unknown): void => {
    attach()
    if (typeof callback !== 'function') return
    if (link.isUp) setImmediate(() => callback())
    else link.once('up', () => callback())
  }

  manager.action = (action: LegacyAction, callback?: LegacyCallback): string => {
    sequence += 1
    const given = action.actionid ?? action.ActionID
    const id = given === undefined ? `${idPrefix}-${sequence.toString(36)}` : String(given)
    send(link, action, id, mayDo).then(
      response => callback?.(undefined, toLegacyPacket(response)),
      (error: unknown) => {
        if (error instanceof AmiActionFailed) callback?.(toLegacyPacket(error.response))
        else callback?.(error instanceof Error ? error : new Error(String(error)))
      }
    )
    return id
  }
  manager.connect = (...args) => whenUp(args.at(-1))
  manager.login = callback => whenUp(callback)
  manager.disconnect = callback => {
    detach()
    if (typeof callback === 'function') setImmediate(callback)
  }
  manager.keepConnected = () => {}
  manager.isConnected = () => link.isUp
  manager.connected = manager.isConnected
  attach()
  return manager
}

/** A function of its own, so that what the encoder refuses reaches the callback too. */
async function send(
  link: AmiLink,
  action: LegacyAction,
  id: string,
  mayDo: (action: string) => boolean
): Promise<AmiPacket> {
  const encoded = fromLegacyAction(action, id)
  if (!mayDo(encoded.Action)) throw new AmiActionReserved(encoded.Action)
  return await link.action(encoded)
}
