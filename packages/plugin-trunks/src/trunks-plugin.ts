import {
  definePlugin,
  emergencyPlans,
  trunkCapacities,
  trunkSelectors,
  trunkSupervisions
} from '@evscallpro/core'
import { trunksDialplanCommand } from './dialplan/command.ts'
import { TrunksHealth } from './health/trunk-health.ts'
import { trunksAndRoutes } from './migrations/0001-trunks.ts'
import { registerSiteRoutes } from './site-routes.ts'
import { TrunkBook } from './trunk-book.ts'
import { registerTrunkRoutes } from './trunk-routes.ts'
import { siteEmergencies, trunkCapacity, trunkSelector, trunkSupervision, WayOut } from './way-out.ts'

/** Sites' trunks and ways out: which gateway a call takes, with which caller id, and why. */
export const trunks = definePlugin({
  name: 'trunks',
  version: '0.1.0',
  core: '^0.1.0',
  dependencies: { ami: '^0.1.0' },
  permissions: {
    'trunks:read': {
      description: 'See trunks and the ways out of sites, test routes',
      roles: ['supervisor']
    },
    'trunks:write': { description: 'Change trunks and the ways out of sites', roles: [] }
  },
  migrations: { '0001-trunks': trunksAndRoutes },
  commands: { 'trunks-dialplan': trunksDialplanCommand },

  setup(scope, { kernel, fill }) {
    const book = new TrunkBook(kernel.db)
    const health = new TrunksHealth(kernel)
    const wayOut = new WayOut(kernel, book, health)
    fill(trunkSelectors, trunkSelector(wayOut))
    fill(trunkCapacities, trunkCapacity(wayOut))
    fill(trunkSupervisions, trunkSupervision(book))
    fill(emergencyPlans, siteEmergencies(book))
    registerTrunkRoutes(scope, kernel, { book, health })
    registerSiteRoutes(scope, kernel, { book, wayOut })
  }
})
