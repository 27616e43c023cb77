import { AmiActionFailed, AmiActionTimeout, AmiDuplicateActionId, AmiListCancelled } from '../errors.ts'
import type { LinkClock } from './clock.ts'
import { type AmiPacket, header, parsePacket, type WirePacket } from './packet.ts'

/** A complete list answer: the response, its rows (events with the action's ActionID) in order, and the closing event. */
export interface AmiList {
  response: AmiPacket
  rows: AmiPacket[]
  complete: AmiPacket
}

interface Pending {
  action: string
  timeoutMs: number
  cancelTimer: () => void
  rows?: AmiPacket[]
  response?: AmiPacket
  resolve: (answer: AmiPacket, rows: AmiPacket[]) => void
  reject: (error: Error) => void
}

/** Actions that wait for their answers on one connection, by ActionID. Every one of them is settled in the end. */
export class PendingActions {
  readonly #clock: LinkClock
  readonly #waiting = new Map<string, Pending>()

  constructor(clock: LinkClock) {
    this.#clock = clock
  }

  get size(): number {
    return this.#waiting.size
  }

  /** Waits for the response with this ActionID. @throws AMI_DUPLICATE_ACTION_ID before anything is sent */
  response(id: string, action: string, timeoutMs: number, send: () => void): Promise<AmiPacket> {
    return new Promise((resolve, reject) => {
      this.#add(id, { action, timeoutMs, resolve, reject, cancelTimer: () => {} })
      send()
    })
  }

  /** Waits for a response and the rows up to `EventList: Complete`. The time limit is for each row, not the whole. */
  list(id: string, action: string, timeoutMs: number, send: () => void): Promise<AmiList> {
    return new Promise((resolve, reject) => {
      const done = (complete: AmiPacket, rows: AmiPacket[]): void => {
        const response = entry.response
        if (response) resolve({ response, rows, complete })
      }
      const entry: Pending = { action, timeoutMs, rows: [], resolve: done, reject, cancelTimer: () => {} }
      this.#add(id, entry)
      send()
    })
  }

  /** Hands in a packet. Packets without a waiting ActionID are left alone. */
  receive(wire: WirePacket): void {
    if (this.#waiting.size === 0) return
    const id = header(wire, 'ActionID')
    const entry = id === undefined ? undefined : this.#waiting.get(id)
    if (id === undefined || !entry) return
    const packet = parsePacket(wire.text)
    if (packet.Event === undefined) this.#answer(id, entry, packet)
    else if (entry.rows && entry.response) this.#row(id, entry, entry.rows, packet)
  }

  /** Rejects everything that waits. */
  rejectAll(error: (action: string) => Error): void {
    for (const [id, entry] of [...this.#waiting]) this.#settle(id, entry).reject(error(entry.action))
  }

  #add(id: string, entry: Pending): void {
    if (this.#waiting.has(id)) throw new AmiDuplicateActionId(entry.action)
    this.#waiting.set(id, entry)
    this.#arm(id, entry)
  }

  #arm(id: string, entry: Pending): void {
    entry.cancelTimer()
    entry.cancelTimer = this.#clock.after(entry.timeoutMs, () => {
      this.#settle(id, entry).reject(new AmiActionTimeout(entry.action, entry.timeoutMs))
    })
  }

  #answer(id: string, entry: Pending, packet: AmiPacket): void {
    if (header(packet, 'Response') === 'Error') {
      const message = header(packet, 'Message') ?? 'no reason given'
      this.#settle(id, entry).reject(new AmiActionFailed(entry.action, message, packet))
    } else if (entry.rows) {
      entry.response = packet
      this.#arm(id, entry)
    } else this.#settle(id, entry).resolve(packet, [])
  }

  #row(id: string, entry: Pending, rows: AmiPacket[], packet: AmiPacket): void {
    const mark = header(packet, 'EventList')?.toLowerCase()
    if (mark === 'complete') this.#settle(id, entry).resolve(packet, rows)
    else if (mark === 'cancelled') this.#settle(id, entry).reject(new AmiListCancelled(entry.action))
    else {
      rows.push(packet)
      this.#arm(id, entry)
    }
  }

  #settle(id: string, entry: Pending): Pending {
    entry.cancelTimer()
    this.#waiting.delete(id)
    return entry
  }
}
