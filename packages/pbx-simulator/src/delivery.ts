import type { Socket } from 'node:net'

/** What goes wrong on purpose between the PBX and one client; all off by default. */
export interface Faults {
  /** Bytes per write; 0 writes packets whole. */
  chunkBytes: number
  /** Chance that an event is sent twice. */
  duplicateEvents: number
}

/**
 * Writes packets to one client. It is faithful in the two ways that hurt: a client that does not read is thrown out
 * after a time (a real Asterisk ends the stream in the middle of a packet), and a cut can fall anywhere.
 */
export class Delivery {
  /** How long a write may stand still, ms of wall time. */
  writeTimeoutMs = 5000
  readonly #socket: Socket
  readonly #faults: Faults
  readonly #sent: () => void
  #stalled: NodeJS.Timeout | undefined
  #frozen = false
  #packetsLeft = Number.POSITIVE_INFINITY
  #cutInside = false
  #backlog: Buffer[] = []
  #draining = false

  constructor(socket: Socket, faults: Faults, sent: () => void) {
    this.#socket = socket
    this.#faults = faults
    this.#sent = sent
    socket.on('drain', () => this.#moving())
    socket.once('close', () => this.#moving())
  }

  /** True when everything sent has left this process. */
  get idle(): boolean {
    return !this.#draining && this.#socket.writableLength === 0
  }

  /** True while nothing goes wrong on purpose, so that several packets may go in one write. */
  get undisturbed(): boolean {
    const { chunkBytes, duplicateEvents } = this.#faults
    return (
      chunkBytes === 0 &&
      duplicateEvents === 0 &&
      !this.#cutInside &&
      this.#packetsLeft === Number.POSITIVE_INFINITY
    )
  }

  /** Stops sending and answering; the connection stays open. */
  freeze(): void {
    this.#frozen = true
  }

  /** Cuts the connection after so many more packets. */
  cutAfter(packets: number): void {
    this.#packetsLeft = packets
    if (packets <= 0) this.cut()
  }

  /** Sends only the first half of the next packet, then cuts. */
  cutInsideNext(): void {
    this.#cutInside = true
  }

  cut(): void {
    this.#packetsLeft = 0
    this.#socket.resetAndDestroy()
  }

  send(text: string): void {
    if (this.#frozen || this.#socket.destroyed || this.#packetsLeft <= 0) return
    this.#sent()
    if (this.#cutInside) {
      this.#packetsLeft = 0
      // end, not reset: the half packet must arrive
      this.#socket.end(text.slice(0, Math.floor(text.length / 2)))
      return
    }
    this.#packetsLeft--
    if (this.#faults.chunkBytes > 0) this.#sendInChunks(Buffer.from(text))
    else this.#write(text)
    if (this.#packetsLeft <= 0) this.#socket.destroySoon()
  }

  #write(data: string | Buffer): void {
    if (this.#socket.write(data) || this.#stalled) return
    this.#stalled = setTimeout(() => {
      // one more look at the socket first: this process may just have been busy itself
      setImmediate(() => {
        if (this.#stalled && this.#socket.writableLength > 0) this.#socket.resetAndDestroy()
      })
    }, this.writeTimeoutMs)
  }

  #moving(): void {
    clearTimeout(this.#stalled)
    this.#stalled = undefined
  }

  #sendInChunks(data: Buffer): void {
    for (let from = 0; from < data.length; from += this.#faults.chunkBytes) {
      this.#backlog.push(data.subarray(from, from + this.#faults.chunkBytes))
    }
    if (this.#draining) return
    this.#draining = true
    const next = (): void => {
      const chunk = this.#backlog.shift()
      if (!chunk || this.#socket.destroyed) {
        this.#draining = false
        return
      }
      this.#write(chunk)
      setImmediate(next)
    }
    next()
  }
}
