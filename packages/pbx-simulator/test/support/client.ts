import { connect, type Socket } from 'node:net'

/** One packet as header lines in order; repeated headers stay apart. */
export interface Packet {
  readonly lines: ReadonlyArray<readonly [name: string, value: string]>
  get(name: string): string
  all(name: string): string[]
}

export function parsePacket(text: string): Packet {
  const lines = text.split('\r\n').map((line): [string, string] => {
    const colon = line.indexOf(':')
    return colon < 0 ? [line, ''] : [line.slice(0, colon), line.slice(colon + 1).replace(/^ /, '')]
  })
  return {
    lines,
    get: name => lines.find(([key]) => key === name)?.[1] ?? '',
    all: name => lines.filter(([key]) => key === name).map(([, value]) => value)
  }
}

type Fields = Record<string, string | string[]>

/** A plain AMI client: strict framing, everything it receives is kept. */
export class AmiClient {
  banner = ''
  readonly packets: Packet[] = []
  closed = false
  readonly socket: Socket
  #rest = ''
  #ids = 0
  readonly #responses = new Map<string, (packet: Packet) => void>()
  readonly #watchers = new Set<() => void>()

  constructor(port: number) {
    this.socket = connect(port, '127.0.0.1')
    this.socket.setNoDelay(true)
    this.socket.setEncoding('utf8')
    this.socket.on('data', chunk => this.#receive(String(chunk)))
    this.socket.on('error', () => {})
    this.socket.on('close', () => {
      this.closed = true
      this.#changed()
    })
  }

  /** Bytes that do not make a whole packet. */
  get rest(): string {
    return this.#rest
  }

  get events(): Packet[] {
    return this.packets.filter(packet => packet.get('Event') !== '')
  }

  named(event: string): Packet[] {
    return this.packets.filter(packet => packet.get('Event') === event)
  }

  userEvents(name: string): Packet[] {
    return this.named('UserEvent').filter(packet => packet.get('UserEvent') === name)
  }

  /** Sends an action and returns its ActionID. */
  send(action: string, fields: Fields = {}): string {
    const id = typeof fields.ActionID === 'string' ? fields.ActionID : `t${++this.#ids}`
    let text = `Action: ${action}\r\nActionID: ${id}\r\n`
    for (const [name, value] of Object.entries(fields)) {
      if (name === 'ActionID') continue
      for (const one of Array.isArray(value) ? value : [value]) text += `${name}: ${one}\r\n`
    }
    this.socket.write(`${text}\r\n`)
    return id
  }

  /** Sends an action and waits for its response. */
  async ask(action: string, fields: Fields = {}): Promise<Packet> {
    const id = this.send(action, fields)
    let response: Packet | undefined
    this.#responses.set(id, packet => {
      response = packet
    })
    try {
      return await this.until(() => response, `response to ${action}`)
    } finally {
      this.#responses.delete(id)
    }
  }

  /** Sends a list action and returns its rows. */
  async list(action: string, fields: Fields = {}): Promise<Packet[]> {
    const id = this.send(action, fields)
    const mine = (): Packet[] => this.packets.filter(packet => packet.get('ActionID') === id)
    await this.until(
      () => mine().find(packet => packet.get('EventList') === 'Complete'),
      `end of the list of ${action}`
    )
    return mine().slice(1, -1)
  }

  async login(username = 'evs', secret = 'evs-secret', events = 'on'): Promise<Packet> {
    return await this.ask('Login', { Username: username, Secret: secret, Events: events })
  }

  /** Waits until `find` finds something in what has come in, at most 10 s of wall time. */
  async until<T>(find: () => T | undefined | false, what: string): Promise<T> {
    const found = find()
    if (found) return found
    return await new Promise<T>((resolve, reject) => {
      const stop = (): void => {
        clearTimeout(timer)
        this.#watchers.delete(look)
      }
      const timer = setTimeout(() => {
        stop()
        reject(new Error(`waited 10 s in vain for ${what}`))
      }, 10_000)
      const look = (): void => {
        const value = find()
        if (!value) return
        stop()
        resolve(value)
      }
      this.#watchers.add(look)
    })
  }

  async untilClosed(): Promise<void> {
    await this.until(() => this.closed, 'the end of the connection')
  }

  close(): void {
    this.socket.destroy()
  }

  #receive(chunk: string): void {
    this.#rest += chunk
    if (this.banner === '') {
      const end = this.#rest.indexOf('\r\n')
      if (end < 0) return
      this.banner = this.#rest.slice(0, end)
      this.#rest = this.#rest.slice(end + 2)
    }
    const parts = this.#rest.split('\r\n\r\n')
    this.#rest = parts.pop() ?? ''
    for (const part of parts) {
      const packet = parsePacket(part)
      this.packets.push(packet)
      if (packet.get('Event') === '') this.#responses.get(packet.get('ActionID'))?.(packet)
    }
    this.#changed()
  }

  #changed(): void {
    for (const watcher of [...this.#watchers]) watcher()
  }
}
