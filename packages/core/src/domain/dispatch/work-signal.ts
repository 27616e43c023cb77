import type { Kernel } from '../../kernel/kernel.ts'
import { NotificationListener } from '../../kernel/notification-listener.ts'
import { workAppeared } from '../events.ts'

/** Somebody who waits for work. */
export interface Wait {
  /** Resolves when one of the campaigns has something to hand out, or on `cancel`. */
  readonly signal: Promise<void>
  cancel(): void
}

/**
 * Hears from the database that a campaign, which had nothing to hand out, has something again, whichever process made it
 * so. A connection that was lost wakes everybody once when it is back.
 */
export class WorkSignal {
  readonly #events: Kernel['events']
  readonly #waits = new Set<{ readonly campaignIds: ReadonlySet<number>; wake(): void }>()
  readonly #listener: NotificationListener

  constructor(kernel: Pick<Kernel, 'db' | 'events' | 'clock' | 'log'>) {
    this.#events = kernel.events
    this.#listener = new NotificationListener(kernel, 'evs_work', {
      heard: campaignId => void this.#wake(Number(campaignId)),
      missed: () => this.#wakeAll()
    })
  }

  start(): Promise<void> {
    return this.#listener.start()
  }

  async stop(): Promise<void> {
    this.#wakeAll()
    await this.#listener.stop()
  }

  /** Begin to wait before asking: what appears in between is not missed. */
  wait(campaignIds: readonly number[]): Wait {
    let wake = (): void => {}
    const signal = new Promise<void>(resolve => {
      wake = resolve
    })
    const entry = { campaignIds: new Set(campaignIds), wake }
    this.#waits.add(entry)
    const cancel = (): void => {
      this.#waits.delete(entry)
      wake()
    }
    return { signal, cancel }
  }

  async #wake(campaignId: number): Promise<void> {
    for (const wait of [...this.#waits]) if (wait.campaignIds.has(campaignId)) wait.wake()
    await this.#events.emit(workAppeared, { campaignId })
  }

  #wakeAll(): void {
    for (const wait of [...this.#waits]) wait.wake()
  }
}
