import { connect, type Socket } from 'node:net'
import type { AmiAccount, SandboxInstance } from '@evscallpro/asterisk-sandbox'

export type Packet = Readonly<Record<string, string>>
export type Match = (packet: Packet) => boolean

/** Just enough of AMI to place a call and to watch it: one socket, every packet kept. */
export class Ami {
  readonly packets: Packet[] = []
  readonly #socket: Socket
  readonly #waiting = new Map<Match, (packet: Packet) => void>()
  readonly #lateMs: number
  #text = ''
  #actions = 0

  /** `lateMs`: how long a packet is waited for. */
  constructor(instance: SandboxInstance, lateMs = 20_000) {
    this.#lateMs = lateMs
    this.#socket = connect(instance.amiPort, instance.address)
    this.#socket.setEncoding('utf8').on('data', chunk => this.#read(String(chunk)))
    this.#socket.on('error', () => {}) // an instance that a test kills
  }

  async login({ username, secret }: AmiAccount): Promise<Packet> {
    return this.action({ Action: 'Login', Username: username, Secret: secret })
  }

  action(fields: Packet): Promise<Packet> {
    const ActionID = `test-${++this.#actions}`
    const lines = Object.entries({ ...fields, ActionID }).map(([name, value]) => `${name}: ${value}\r\n`)
    this.#socket.write(`${lines.join('')}\r\n`)
    return this.packet(packet => packet.ActionID === ActionID && packet.Response !== undefined)
  }

  /** The first packet that matches, of those from `since` on and those to come. */
  packet(match: Match, since = 0): Promise<Packet> {
    const found = this.packets.slice(since).find(match)
    if (found) return Promise.resolve(found)
    return new Promise((resolve, reject) => {
      const late = setTimeout(() => reject(new Error(`no packet came with ${match}`)), this.#lateMs)
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
