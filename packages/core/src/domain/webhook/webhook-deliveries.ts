import type { Knex } from 'knex'
import type { AttemptResult, Verdict } from './delivery-verdict.ts'

/** One delivery that this process has taken, with all that sending needs. */
export interface DeliveryJob {
  readonly id: number
  readonly subscription_id: number
  /** Of this attempt, from 1. */
  readonly attempts: number
  readonly event_id: string
  readonly event: string
  readonly occurred_at: Date
  /** JSON, as it was written. */
  readonly data: string
  readonly url: string
  readonly secret: Buffer
  readonly previous_secret: Buffer | null
  readonly previous_until: Date | null
}

/** Deliveries in the database: processes share them, and none is lost with a process. */
export class WebhookDeliveries {
  readonly #db: Knex

  constructor(db: Knex) {
    this.#db = db
  }

  /** Subscriptions that want to hear. */
  active(): Promise<number[]> {
    return this.#db('core.webhook_subscriptions').where({ active: true }).pluck('id')
  }

  /**
   * Takes up to `room` deliveries of a subscription that are due: of each call the first one only, so that its facts
   * arrive in their order. They count as lost, and are due again, at `lostAt`.
   */
  async claim(subscriptionId: number, room: number, now: Date, lostAt: Date): Promise<DeliveryJob[]> {
    const { rows } = await this.#db.raw<{ rows: DeliveryJob[] }>(
      `with taken as (
         update core.webhook_deliveries d set attempts = attempts + 1, due_at = :lostAt, last_attempt_at = :now
          where d.id = any (array(
            select p.id from core.webhook_deliveries p
             where p.subscription_id = :subscriptionId and p.state = 'pending' and p.due_at <= :now
               and not exists (
                 select from core.webhook_deliveries e
                  where e.subscription_id = p.subscription_id and e.subject = p.subject and e.state = 'pending'
                    and e.outbox_id < p.outbox_id)
             order by p.due_at, p.id limit :room for update skip locked))
          returning d.id, d.subscription_id, d.outbox_id, d.attempts)
       select t.id, t.subscription_id, t.attempts, o.event_id, o.event, o.occurred_at, o.data::text as data, s.url,
              s.secret, s.previous_secret, s.previous_until
         from taken t join core.outbox o on o.id = t.outbox_id
         join core.webhook_subscriptions s on s.id = t.subscription_id
        order by t.id`,
      { subscriptionId, room, now, lostAt }
    )
    return rows
  }

  /** Writes down what came of an attempt; nothing when it had counted as lost and another process has taken it. */
  async settle(job: DeliveryJob, result: AttemptResult, verdict: Verdict, now: Date): Promise<void> {
    const status = 'status' in result ? result.status : null
    const state = { delivered: 'delivered', retry: 'pending', dead: 'dead', gone: 'dead' }[verdict.kind]
    await this.#db.transaction(async trx => {
      await trx('core.webhook_deliveries')
        .where({ id: job.id, state: 'pending', attempts: job.attempts })
        .update({
          state,
          last_status: status,
          last_error:
            'error' in result
              ? result.error
              : status !== null && state !== 'delivered'
                ? `HTTP ${status}`
                : null,
          ...(verdict.kind === 'retry' && { due_at: new Date(now.getTime() + verdict.afterMs) })
        })
      if (verdict.kind !== 'gone') return
      await trx('core.webhook_subscriptions')
        .where({ id: job.subscription_id, active: true })
        .update({
          active: false,
          disabled_reason: 'The receiver answered 410 Gone',
          revision: trx.raw('revision + 1')
        })
    })
  }

  /** Gives back what was taken and not tried to its end, as if it had not been taken. */
  async giveBack(job: DeliveryJob, now: Date): Promise<void> {
    await this.#db('core.webhook_deliveries')
      .where({ id: job.id, state: 'pending', attempts: job.attempts })
      .update({ attempts: job.attempts - 1, due_at: now })
  }
}
