import type { Kernel } from '../kernel/kernel.ts'

/** What an operator watches of the floor. Every process says the same, as it is read from the database. */
export function registerDomainMetrics({ db, metrics }: Kernel): void {
  metrics.gauge({ name: 'evs_calls_open', help: 'Calls in flight, by state', labels: ['state'] }, async () =>
    counted(await db('core.calls').select('state').count({ n: '*' }).groupBy('state'), 'state')
  )
  metrics.gauge({ name: 'evs_agents', help: 'Agents at work, by state', labels: ['state'] }, async () =>
    counted(
      await db('core.agent_states')
        .whereNull('until')
        .whereNot({ state: 'offline' })
        .select('state')
        .count({ n: '*' })
        .groupBy('state'),
      'state'
    )
  )
  metrics.gauge(
    {
      name: 'evs_webhook_deliveries',
      help: 'Webhook deliveries not made: pending or dead',
      labels: ['state']
    },
    async () =>
      counted(
        await db('core.webhook_deliveries')
          .whereIn('state', ['pending', 'dead'])
          .select('state')
          .count({ n: '*' })
          .groupBy('state'),
        'state'
      )
  )
}

/** Takes the time of each dispatch turn of this process, in seconds. */
export function dispatchTurnTimes({ metrics }: Kernel): (seconds: number) => void {
  return metrics.histogram({
    name: 'evs_dispatch_turn_seconds',
    help: 'Time of a dispatch turn, from its beginning to the commit',
    buckets: [0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1]
  })
}

const counted = (rows: readonly Record<string, unknown>[], label: string) =>
  rows.map(row => ({ labels: { [label]: String(row[label]) }, value: Number(row.n) }))
