import type { Socket } from 'node:net'
import { type Account, type Permissions, permissionsOf } from './accounts.ts'
import { Delivery, type Faults } from './delivery.ts'
import { type Action, ActionReader, actionIdLine, header, packet } from './message.ts'
import type { AmiEvent } from './outbox.ts'
import type { Random } from './random.ts'

/** What an action's handler works with. */
export interface Asking {
  readonly session: Session
  readonly action: Action
  /** Answers `Response: Success` with a message. */
  ack(message: string): void
  /** Answers `Response: Error`. */
  refuse(message: string): void
  /** Answers `Response: Success` with further lines. */
  answer(lines: ReadonlyArray<readonly [string, string | number | undefined]>): void
  /** Sends a list: its start, one packet per row, its end. Rows are header lines ended by CRLF. */
  list(message: string, event: string, rows: readonly string[], complete: string, tail?: string): void
}

/** One client's connection: reads actions one after the other, sends what its account may see. */
export class Session {
  account: Account | undefined
  permissions: Permissions = { read: new Set(), write: new Set(), exclude: new Set() }
  mask: ReadonlySet<string> = new Set()
  challenge = ''
  readonly delivery: Delivery
  readonly #socket: Socket
  readonly #faults: Faults
  readonly #random: Random
  readonly #reader = new ActionReader()
  readonly #run: (asking: Asking) => Promise<void> | undefined
  readonly #queue: Array<() => Promise<void> | undefined> = []
  #busy = false
  #deaf = false

  constructor(
    socket: Socket,
    faults: Faults,
    random: Random,
    sent: () => void,
    run: (asking: Asking) => Promise<void> | undefined
  ) {
    this.#socket = socket
    this.#faults = faults
    this.#random = random
    this.#run = run
    this.delivery = new Delivery(socket, faults, sent)
    socket.on('data', chunk => this.#receive(chunk))
  }

  login(account: Account, mask: ReadonlySet<string>): void {
    this.account = account
    this.permissions = permissionsOf(account)
    this.mask = mask
    this.delivery.writeTimeoutMs = account.writeTimeoutMs ?? this.delivery.writeTimeoutMs
  }

  /** Whether its account and its own mask let the event through. */
  wants(event: AmiEvent): boolean {
    return (
      this.mask.has(event.class) &&
      this.permissions.read.has(event.class) &&
      !this.permissions.exclude.has(event.name)
    )
  }

  sendEvents(events: readonly AmiEvent[]): void {
    if (this.delivery.undisturbed) {
      // one write for all events of an instant; packets are told apart only where something goes wrong on purpose
      let text = ''
      for (const event of events) if (this.wants(event)) text += event.text
      if (text !== '') this.delivery.send(text)
      return
    }
    for (const event of events) {
      if (!this.wants(event)) continue
      this.delivery.send(event.text)
      if (this.#faults.duplicateEvents > 0 && this.#random.chance(this.#faults.duplicateEvents)) {
        this.delivery.send(event.text)
      }
    }
  }

  /** Half-open: nothing is read and nothing is sent any more. */
  freeze(): void {
    this.#deaf = true
    this.delivery.freeze()
  }

  end(): void {
    this.#socket.end()
  }

  #receive(chunk: Buffer): void {
    if (this.#deaf) return
    for (const incoming of this.#reader.push(chunk)) {
      const asking = this.#asking(incoming.action)
      if (incoming.fault === 'line-too-long') asking.refuse('Failed to parse message: line too long')
      else if (incoming.fault) asking.refuse('Too many lines in message or allocation failure')
      else this.#queue.push(() => this.#run(asking))
    }
    this.#next()
  }

  /** One action at a time: while one waits (Originate without Async) those behind it wait too, as on the real thing. */
  #next(): void {
    while (!this.#busy) {
      const action = this.#queue.shift()
      if (!action) return
      const pending = action()
      if (!pending) continue
      this.#busy = true
      const resume = (): void => {
        this.#busy = false
        this.#next()
      }
      pending.then(resume, resume)
    }
  }

  #asking(action: Action): Asking {
    const send = (text: string): void => this.delivery.send(text)
    const id = actionIdLine(action)
    const idText = header(action, 'ActionID') === '' ? '' : `ActionID: ${id[1]}\r\n`
    return {
      session: this,
      action,
      ack: message => send(packet([['Response', 'Success'], id, ['Message', message]])),
      refuse: message => send(packet([['Response', 'Error'], id, ['Message', message]])),
      answer: lines => send(packet([['Response', 'Success'], id, ...lines])),
      list: (message, event, rows, complete, tail = '') => {
        send(packet([['Response', 'Success'], id, ['EventList', 'start'], ['Message', message]]))
        for (const row of rows) send(`Event: ${event}\r\n${row}\r\n`)
        send(`Event: ${complete}\r\n${idText}EventList: Complete\r\nListItems: ${rows.length}\r\n${tail}\r\n`)
      }
    }
  }
}
