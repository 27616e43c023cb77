import { connect, type Socket } from 'node:net'
import type { SandboxInstance } from '@evscallpro/asterisk-sandbox'

export type Packet = Readonly<Record<string, string>>
export type Match = (packet: Packet) => boolean

const lateMs = 60_000

/** The laboratory's view of one Asterisk: every packet is kept, and what is waited for may have come already. */
export class LabAmi {
  readonly packets: Packet[] = []
  readonly #socket: Socket
  readonly #waiting = new Map<Match, (packet: Packet) => void>()
  #text = ''
  #actions = 0

  constructor(instance: SandboxInstance) {
    this.#socket = connect(instance.amiPort, instance.address)
    this.#socket.setEncoding('utf8').on('data', chunk => this.#read(String(chunk)))
    this.#socket.on('error', () => {}) // an instance that a test kills
  }

  async login({ accounts }: SandboxInstance): Promise<void> {
    const { username, secret } = accounts.lab
    await this.action({ Action: 'Login', Username: username, Secret: secret })
  }

  action(fields: Packet): Promise<Packet> {
    const ActionID = `lab-${++this.#actions}`
    const lines = Object.entries({ ...fields, ActionID }).map(([name, value]) => `${name}: ${value}\r\n`)
    this.#socket.write(`${lines.join('')}\r\n`)
    return this.packet(packet => packet.ActionID === ActionID && packet.Response !== undefined)
  }

  /** The first packet that matches, of those from `since` on and those to come. */
  packet(match: Match, since = 0): Promise<Packet> {
    const found = this.packets.slice(since).find(match)
    if (found) return Promise.resolve(found)
    return new Promise((resolve, reject) => {
      const late = setTimeout(() => reject(new Error(`no packet came with ${match}`)), lateMs)
      this.#waiting.set(match, packet => {
        clearTimeout(late)
        resolve(packet)
      })
    })
  }

  close(): void {
    this.#socket.destroy()
  }

  #read(chunk: string): void {
    this.#text += chunk
    const parts = this.#text.split('\r\n\r\n')
    this.#text = parts.pop() ?? ''
    for (const part of parts) {
      const pairs = part.split('\r\n').map(line => line.split(/: ?(.*)/s, 2))
      const packet: Packet = Object.fromEntries(pairs.map(([name = '', value = '']) => [name, value]))
      this.packets.push(packet)
      for (const [match, resolve] of this.#waiting) {
        if (!match(packet)) continue
        this.#waiting.delete(match)
        resolve(packet)
      }
    }
  }
}
