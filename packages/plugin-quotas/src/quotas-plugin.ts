import { definePlugin, dispatchGates, realtimeTopics } from '@evscallpro/core'
import { probeCounters, wrongCounters } from './audit.ts'
import { Background } from './background.ts'
import { ruleChanged } from './events.ts'
import { rules } from './migrations/0001-rules.ts'
import { QuotaGate } from './quota-gate.ts'
import { quotasTopic, tellOfEdits } from './quotas-topic.ts'
import { recountCommand } from './recount-command.ts'
import { registerRoutes } from './routes.ts'
import { RuleBook } from './rule-book.ts'

/** Quota rules steer which contact is handed out next; exact under concurrency, whatever their number. */
export const quotas = definePlugin({
  name: 'quotas',
  version: '0.1.0',
  core: '^0.1.0',
  permissions: {
    'quotas:read': { description: 'See quota rules and where they stand', roles: ['supervisor'] },
    'quotas:write': { description: 'Make, change and remove quota rules', roles: ['supervisor'] }
  },
  emits: [ruleChanged],
  migrations: { '0001-rules': rules },
  commands: { 'quotas-recount': recountCommand },

  setup(scope, { kernel, fill, probe }) {
    const gate = new QuotaGate(kernel.db)
    const background = new Background(kernel, gate)
    fill(dispatchGates, gate)
    fill(realtimeTopics, quotasTopic(kernel))
    const told = tellOfEdits(kernel)
    registerRoutes(scope, kernel, new RuleBook(kernel, () => background.kick()))
    probe('counters', () => probeCounters(kernel.db))
    kernel.metrics.gauge(
      {
        name: 'evs_quotas_counters_wrong',
        help: 'Rules whose counters differed from their contacts at the last recount'
      },
      async () => wrongCounters(kernel.db)
    )
    scope.addHook('onReady', async () => background.start())
    scope.addHook('preClose', async () => {
      await background.stop()
      await told()
    })
  }
})
