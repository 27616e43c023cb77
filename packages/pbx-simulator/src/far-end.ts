import { causeOfSipReply, sipReplyTo } from './causes.ts'
import type { Channel, Signal } from './channel.ts'
import type { Clock } from './clock.ts'
import { Interruption, type Script, Thread } from './thread.ts'

/** The other end of a SIP leg: a person's phone or a gateway, acting by a script. */
export class FarEnd {
  /** Keys it has heard, in order. */
  heard = ''
  readonly number: string
  readonly callerId: string
  readonly clock: Clock
  readonly #channel: Channel
  readonly #deliver: (channel: Channel, signal: Signal) => void
  readonly #thread = new Thread()
  #over = false

  constructor(
    channel: Channel,
    call: { number: string; callerId: string },
    clock: Clock,
    deliver: (channel: Channel, signal: Signal) => void
  ) {
    this.#channel = channel
    this.number = call.number
    this.callerId = call.callerId
    this.clock = clock
    this.#deliver = deliver
  }

  /** Starts to act; when the script is done the far end stays as it is. */
  play(script: Script): void {
    if (!this.#over) this.#thread.start(script, () => {})
  }

  ringing(): void {
    this.#send({ kind: 'ringing' })
  }

  progress(): void {
    this.#send({ kind: 'progress' })
  }

  answer(): void {
    if (this.#channel.state !== 6) this.#send({ kind: 'answer' })
  }

  press(digit: string): void {
    this.#send({ kind: 'digit', digit })
  }

  hold(): void {
    this.#send({ kind: 'hold' })
  }

  unhold(): void {
    this.#send({ kind: 'unhold' })
  }

  /** Ends the call from its side: a BYE when it is up, else the SIP failure reply its Asterisk makes of the cause. */
  hangup(cause = 16): void {
    if (this.#over) return
    if (this.#channel.state === 6) this.#send({ kind: 'hangup', cause: 16 })
    else if (this.#channel.state === 4)
      this.reply(487) // it calls us: CANCEL
    else this.reply(sipReplyTo(cause))
  }

  /** Refuses the call with a SIP status. */
  reply(code: number): void {
    this.#send({ kind: 'hangup', cause: causeOfSipReply(code), techCause: code })
  }

  /** Our side ended the leg. */
  ended(): void {
    this.#over = true
    this.#thread.interrupt(new Interruption('hangup'))
  }

  #send(signal: Signal): void {
    if (this.#over) return
    if (signal.kind === 'hangup') this.#over = true
    this.#deliver(this.#channel, signal)
  }
}
