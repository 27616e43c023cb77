import type { Timer } from '../../kernel/clock.ts'
import type { Kernel } from '../../kernel/kernel.ts'
import { callEnded, handoutEnded } from '../events.ts'
import { forgetFacts } from '../outbox/outbox.ts'
import type { AddressGuard } from './address-guard.ts'
import { type AttemptResult, judge } from './delivery-verdict.ts'
import type { WebhookSettings } from './settings.ts'
import { type DeliveryJob, WebhookDeliveries } from './webhook-deliveries.ts'
import { post } from './webhook-request.ts'
import { openSecret, secretKeyOf, signatureOf } from './webhook-secret.ts'

/** How often deliveries are looked for that no event of this process has announced. */
const pollMs = 1_000
/** Of facts that come close together one look takes the deliveries: at a busy hour hundreds of hand-outs end in a second. */
const gatherMs = 50
/** A process that does not settle in time is dead: the time limit of an attempt, and this for the database. */
const graceMs = 30_000
const forgetEveryMs = 3_600_000
const day = 86_400_000

/**
 * Delivers facts to webhooks, beside the workers of other processes: at least once, those of one call in order, each
 * attempt limited in time.
 */
export class WebhookWorker {
  readonly #kernel: Kernel
  readonly #settings: WebhookSettings
  readonly #guard: AddressGuard
  readonly #deliveries: WebhookDeliveries
  readonly #underWay = new Map<DeliveryJob, Promise<void>>()
  readonly #stopping = new AbortController()
  #unsubscribe: (() => void)[] = []
  #timer: Timer | null = null
  #gathering: Timer | null = null
  #looking: Promise<void> | null = null
  #again = false
  #forgottenAtMs = 0

  constructor(kernel: Kernel, settings: WebhookSettings, guard: AddressGuard) {
    this.#kernel = kernel
    this.#settings = settings
    this.#guard = guard
    this.#deliveries = new WebhookDeliveries(kernel.db)
  }

  start(): void {
    const { events } = this.#kernel
    const gather = () => this.#gather()
    this.#unsubscribe = [events.on(callEnded, gather), events.on(handoutEnded, gather)]
    this.#wake()
  }

  /** Breaks off what is under way and gives it back, so that another process can send it at once. */
  async stop(): Promise<void> {
    for (const unsubscribe of this.#unsubscribe) unsubscribe()
    this.#stopping.abort(new Error('the server is closing'))
    this.#timer?.cancel()
    this.#gathering?.cancel()
    await this.#looking
    await Promise.all(this.#underWay.values())
  }

  #gather(): void {
    this.#gathering ??= this.#kernel.clock.setTimeout(() => {
      this.#gathering = null
      this.#wake()
    }, gatherMs)
  }

  #wake(): void {
    if (this.#stopping.signal.aborted) return
    this.#again = true
    this.#looking ??= this.#look().finally(() => {
      this.#looking = null
      if (this.#again) this.#wake() // asked for in the moment in which it ended
    })
  }

  async #look(): Promise<void> {
    const { clock, log } = this.#kernel
    this.#timer?.cancel()
    while (this.#again && !this.#stopping.signal.aborted) {
      this.#again = false
      try {
        await this.#take()
        await this.#forget()
      } catch (err) {
        log.error({ err }, 'looking for webhook deliveries failed; it is tried again')
      }
    }
    if (!this.#stopping.signal.aborted) this.#timer = clock.setTimeout(() => this.#wake(), pollMs)
  }

  async #take(): Promise<void> {
    const { timeoutSeconds, concurrency } = this.#settings
    for (const subscriptionId of await this.#deliveries.active()) {
      const mine = [...this.#underWay.keys()].filter(job => job.subscription_id === subscriptionId)
      const room = concurrency - mine.length
      if (room <= 0) continue
      const now = this.#kernel.clock.now()
      const lostAt = new Date(now.getTime() + timeoutSeconds * 1_000 + graceMs)
      for (const job of await this.#deliveries.claim(subscriptionId, room, now, lostAt)) {
        this.#underWay.set(job, this.#deliver(job))
      }
    }
  }

  async #deliver(job: DeliveryJob): Promise<void> {
    const { clock, log } = this.#kernel
    try {
      const result = await this.#attempt(job)
      const now = clock.now()
      if (this.#stopping.signal.aborted && 'error' in result) await this.#deliveries.giveBack(job, now)
      else {
        const verdict = judge(result, job.attempts, this.#settings.attempts, Math.random())
        await this.#deliveries.settle(job, result, verdict, now)
        if (verdict.kind === 'dead' || verdict.kind === 'gone') {
          log.warn(
            { delivery: job.id, webhook: job.subscription_id, result },
            `webhook delivery is ${verdict.kind}`
          )
        }
      }
    } catch (err) {
      log.error({ err, delivery: job.id }, 'a webhook delivery could not be settled; it is sent again')
    }
    this.#underWay.delete(job)
    this.#wake() // there is room again, and the call's next fact may go
  }

  async #attempt(job: DeliveryJob): Promise<AttemptResult> {
    const { clock } = this.#kernel
    const { timeoutSeconds } = this.#settings
    const now = clock.now()
    const body = `{"id":"${job.event_id}","type":"${job.event}","timestamp":"${job.occurred_at.toISOString()}","data":${job.data}}`
    const timestamp = Math.floor(now.getTime() / 1_000)
    const limit = new AbortController()
    const timer = clock.setTimeout(
      () => limit.abort(new Error(`no answer within ${timeoutSeconds} s`)),
      timeoutSeconds * 1_000
    )
    try {
      const headers = {
        'webhook-id': job.event_id,
        'webhook-timestamp': String(timestamp),
        'webhook-signature': signatureOf(this.#secrets(job, now), { id: job.event_id, timestamp, body })
      }
      const signal = AbortSignal.any([limit.signal, this.#stopping.signal])
      return await post(new URL(job.url), body, headers, this.#guard, signal)
    } catch (error) {
      return { error: error instanceof Error ? error.message : 'failed' }
    } finally {
      timer.cancel()
    }
  }

  /** The secret, and for a day after a renewal the one before it. */
  #secrets(job: DeliveryJob, now: Date): string[] {
    const key = secretKeyOf(this.#settings)
    const secrets = [openSecret(key, job.secret)]
    if (job.previous_secret && job.previous_until && job.previous_until > now) {
      secrets.push(openSecret(key, job.previous_secret))
    }
    return secrets
  }

  async #forget(): Promise<void> {
    const { db, clock, log } = this.#kernel
    const now = clock.now().getTime()
    if (now - this.#forgottenAtMs < forgetEveryMs) return
    this.#forgottenAtMs = now
    const forgotten = await forgetFacts(db, new Date(now - this.#settings.retentionDays * day))
    if (forgotten > 0) log.info({ forgotten }, 'old facts left the outbox')
  }
}
