import type { Cancel, Clock } from './clock.ts'

/** Something a script waits for: called with a `resume`, it returns how to stop waiting. */
export type Step = (resume: (value?: unknown) => void) => Cancel

/** A dialplan, an application or a person's behaviour, written as a generator that yields what it waits for. */
export type Script<T = void> = Generator<Step, T, unknown>

/** Why a script is stopped from outside. */
export class Interruption {
  readonly reason: 'hangup' | 'redirect'
  constructor(reason: 'hangup' | 'redirect') {
    this.reason = reason
  }
}

/** Waits `ms` on the clock. */
export function* sleep(clock: Clock, ms: number, options?: { background?: boolean }): Script {
  yield resume => clock.after(ms, resume, options)
}

/** Waits until the script is interrupted. */
export function* forever(): Script {
  yield () => () => {}
}

/** Runs one script at a time; interruption unwinds it through its `finally` and `catch` blocks. */
export class Thread {
  #script: Script | undefined
  #cancel: Cancel | undefined
  #ended: ((interruption: Interruption | undefined) => void) | undefined
  #running = false
  #pending: Interruption | undefined

  get alive(): boolean {
    return this.#script !== undefined
  }

  /** Starts `script`; `ended` hears whether it ran to its end (undefined) or what stopped it. */
  start(script: Script, ended: (interruption: Interruption | undefined) => void): void {
    this.#script = script
    this.#ended = ended
    this.#continue(() => script.next())
  }

  interrupt(interruption: Interruption): void {
    const script = this.#script
    if (!script) return
    if (this.#running) {
      this.#pending = interruption // it stops where it next waits
      return
    }
    this.#cancel?.()
    this.#cancel = undefined
    this.#continue(() => script.throw(interruption))
  }

  #continue(move: () => IteratorResult<Step, void>): void {
    let next = move
    for (;;) {
      let result: IteratorResult<Step, void>
      this.#running = true
      try {
        result = next()
      } catch (error) {
        if (!(error instanceof Interruption)) throw error
        this.#finish(error)
        return
      } finally {
        this.#running = false
      }
      if (result.done) {
        this.#finish(undefined)
        return
      }
      const script = this.#script!
      const pending = this.#pending
      if (pending) {
        this.#pending = undefined
        next = () => script.throw(pending)
        continue
      }
      const settled: { value?: unknown; now: boolean; done: boolean } = { now: true, done: false }
      const cancel = result.value(value => {
        if (settled.done) return
        settled.done = true
        settled.value = value
        this.#cancel = undefined
        if (!settled.now) this.#continue(() => script.next(value))
      })
      settled.now = false
      if (!settled.done) {
        this.#cancel = cancel
        return
      }
      next = () => script.next(settled.value)
    }
  }

  #finish(interruption: Interruption | undefined): void {
    const ended = this.#ended
    this.#pending = undefined
    this.#script = undefined
    this.#ended = undefined
    ended?.(interruption)
  }
}
