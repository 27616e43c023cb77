import { createHash, randomBytes, randomUUID } from 'node:crypto'
import { createSocket, type Socket } from 'node:dgram'
import { once } from 'node:events'

/** How one REGISTER was answered. */
export interface Registration {
  readonly status: number
  /** Algorithms that were offered in the challenge, in their order. */
  readonly offered: readonly string[]
}

export interface SipPhoneOptions {
  readonly port: number
  readonly user: string
  readonly secret: string
  readonly userAgent: string
  readonly algorithm?: 'MD5' | 'SHA-256'
}

const hashNames = { MD5: 'md5', 'SHA-256': 'sha256' } as const

/** A telephone: registers by digest, says OK to OPTIONS, takes every call at once, and says how often it rang. */
export class SipPhone {
  readonly #options: SipPhoneOptions
  readonly #socket: Socket
  readonly #callId = randomUUID()
  readonly #tag = randomBytes(4).toString('hex')
  #cseq = 0
  #answers = new Map<number, (message: string) => void>()
  /** False: it lies still, as a phone that has lost its network. */
  alive = true
  /** Calls that rang here. */
  rang = 0

  private constructor(options: SipPhoneOptions, socket: Socket) {
    this.#options = options
    this.#socket = socket
    socket.on('message', data => this.#received(data.toString()))
  }

  static async start(options: SipPhoneOptions): Promise<SipPhone> {
    const socket = createSocket('udp4')
    socket.bind(0, '127.0.0.1')
    await once(socket, 'listening')
    return new SipPhone(options, socket)
  }

  stop(): void {
    this.#socket.close()
  }

  /** Registers for `expires` seconds, or unregisters with 0. */
  async register(expires = 300): Promise<Registration> {
    const first = await this.#request(expires, '')
    const challenges = [...first.matchAll(/^WWW-Authenticate: Digest (.*)$/gim)].map(([, text]) => text!)
    const offered = challenges.map(text => /algorithm="?([\w-]+)/i.exec(text)?.[1] ?? 'MD5')
    const wanted = this.#options.algorithm ?? 'MD5'
    const challenge = challenges[offered.indexOf(wanted)]
    if (statusOf(first) !== 401 || challenge === undefined) return { status: statusOf(first), offered }
    return { status: statusOf(await this.#request(expires, this.#authorization(challenge, wanted))), offered }
  }

  #authorization(challenge: string, algorithm: 'MD5' | 'SHA-256'): string {
    const { user, secret } = this.#options
    const value = (name: string): string => new RegExp(`${name}="?([^",]+)"?`).exec(challenge)?.[1] ?? ''
    const hash = (text: string): string => createHash(hashNames[algorithm]).update(text).digest('hex')
    const [realm, nonce, opaque, uri, cnonce] = [
      value('realm'),
      value('nonce'),
      value('opaque'),
      'sip:127.0.0.1',
      'c0ffee'
    ]
    const response = hash(
      [hash(`${user}:${realm}:${secret}`), nonce, '00000001', cnonce, 'auth', hash(`REGISTER:${uri}`)].join(
        ':'
      )
    )
    return (
      `Authorization: Digest username="${user}", realm="${realm}", nonce="${nonce}", uri="${uri}", response="${response}", ` +
      `algorithm=${algorithm}, qop=auth, nc=00000001, cnonce="${cnonce}", opaque="${opaque}"\r\n`
    )
  }

  #request(expires: number, authorization: string): Promise<string> {
    const { user, userAgent } = this.#options
    const cseq = ++this.#cseq
    const port = this.#socket.address().port
    const text =
      `REGISTER sip:127.0.0.1 SIP/2.0\r\nVia: SIP/2.0/UDP 127.0.0.1:${port};branch=z9hG4bK${randomBytes(6).toString('hex')};rport\r\n` +
      `Max-Forwards: 70\r\nTo: <sip:${user}@127.0.0.1>\r\nFrom: <sip:${user}@127.0.0.1>;tag=${this.#tag}\r\nCall-ID: ${this.#callId}\r\n` +
      `CSeq: ${cseq} REGISTER\r\nUser-Agent: ${userAgent}\r\nContact: <sip:${user}@127.0.0.1:${port}>\r\nExpires: ${expires}\r\n` +
      `${authorization}Content-Length: 0\r\n\r\n`
    this.#send(text)
    return new Promise((resolve, reject) => {
      // UDP: as a telephone does, it says it again (RFC 3261 §17.1.2)
      const again = setInterval(() => this.#send(text), 1_000)
      const limit = setTimeout(() => {
        clearInterval(again)
        reject(new Error(`${user}: REGISTER was not answered`))
      }, 20_000)
      this.#answers.set(cseq, message => {
        clearInterval(again)
        clearTimeout(limit)
        this.#answers.delete(cseq)
        resolve(message)
      })
    })
  }

  #received(message: string): void {
    if (!this.alive) return
    if (message.startsWith('SIP/2.0 ')) {
      if (statusOf(message) >= 200) this.#answers.get(Number(/^CSeq: (\d+)/im.exec(message)?.[1]))?.(message)
      return
    }
    if (message.startsWith('ACK')) return
    const isInvite = message.startsWith('INVITE')
    if (isInvite) this.rang += 1
    const port = this.#socket.address().port
    const body = isInvite
      ? `v=0\r\no=phone 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\nm=audio ${port + 1} RTP/AVP 8\r\n`
      : ''
    const echoed = message
      .split('\r\n')
      .filter(line => /^(Via|From|To|Call-ID|CSeq):/i.test(line))
      .map(line => (/^To:/i.test(line) && !/tag=/.test(line) ? `${line};tag=${this.#tag}` : line))
    this.#send(
      `SIP/2.0 200 OK\r\n${echoed.join('\r\n')}\r\nContact: <sip:${this.#options.user}@127.0.0.1:${port}>\r\n` +
        `${isInvite ? 'Content-Type: application/sdp\r\n' : ''}Content-Length: ${body.length}\r\n\r\n${body}`
    )
  }

  #send(text: string): void {
    if (this.alive) this.#socket.send(text, this.#options.port, '127.0.0.1')
  }
}

const statusOf = (message: string): number => Number(/^SIP\/2\.0 (\d{3})/.exec(message)?.[1] ?? 0)
