import type { Kernel } from '@evscallpro/core'
import type { AmiLink } from './link/ami-link.ts'
import type { PbxReading } from './pbx-reading.ts'
import { RecentReconciliation } from './reconcile/recent-reconciliation.ts'

export interface MeasuredPbx {
  readonly pbx: string
  readonly actions: AmiLink
  readonly events: AmiLink
  /** What this process reads of the PBX; undefined while another process does. */
  reading(): PbxReading | undefined
}

/** What an operator watches of the link to the PBX. */
export function registerPbxMetrics(kernel: Kernel, { pbx, actions, events, reading }: MeasuredPbx): void {
  const { metrics } = kernel
  const labels = ['pbx']
  metrics.gauge(
    {
      name: 'evs_ami_up',
      help: '1: logged in. Session events: 0 where another process reads',
      labels: ['pbx', 'session']
    },
    () => [
      { labels: { pbx, session: 'actions' }, value: Number(actions.isUp) },
      { labels: { pbx, session: 'events' }, value: Number(events.isUp) }
    ]
  )
  metrics.gauge(
    {
      name: 'evs_ami_lag_seconds',
      help: 'How long the oldest event waits for its row, where the PBX is read',
      labels
    },
    () => {
      const read = reading()
      return read ? [{ labels: { pbx }, value: read.lagMs / 1_000 }] : []
    }
  )
  metrics.gauge(
    {
      name: 'evs_ami_failures',
      help: 'What is wrong with journal and database now; see /health/ready',
      labels
    },
    () => {
      const read = reading()
      return read ? [{ labels: { pbx }, value: read.failures.length }] : []
    }
  )
  const received = metrics.counter({ name: 'evs_ami_events_total', help: 'Events of the PBX', labels })
  events.on('event', () => received({ pbx }))
  const recent = new RecentReconciliation({ db: kernel.db, pbx, clock: kernel.clock })
  metrics.gauge(
    {
      name: 'evs_ami_cdr_match_ratio',
      help: "Share of the calls in Asterisk's CDR of the last 24 hours that have their row",
      labels
    },
    async () => {
      const rate = await recent.matchRate()
      return rate === null ? [] : [{ labels: { pbx }, value: rate }]
    }
  )
}
