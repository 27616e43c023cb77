import { agentLegChanged, agentLegs, definePlugin } from '@evscallpro/core'
import { mobile } from './migrations/0001-mobile.ts'
import { MobileStation } from './mobile-station.ts'
import { registerMobileRoutes } from './routes.ts'
import { SiteBook } from './site-settings.ts'
import { Verifications } from './verifications.ts'

/** The agent's mobile as his station: his site's trunk calls it, for each call or once for a session. */
export const mobileCallback = definePlugin({
  name: 'mobile-callback',
  version: '0.1.0',
  core: '^0.1.0',
  permissions: {
    'mobile-callback:verify-own': {
      description: 'Have your own mobile called to verify its number',
      roles: ['agent', 'supervisor']
    },
    'mobile-callback:read': {
      description: 'See how sites call mobiles, and which numbers are verified',
      roles: ['supervisor']
    },
    'mobile-callback:configure': { description: 'Set how sites call mobiles', roles: ['supervisor'] },
    'mobile-callback:vouch': {
      description: "Answer for an agent's mobile number without a call",
      roles: []
    }
  },
  migrations: { '0001-mobile': mobile },

  setup(scope, { kernel, fill }) {
    const sites = new SiteBook(kernel)
    const verifications = new Verifications(kernel, sites)
    const station = new MobileStation(kernel, sites, verifications)
    fill(agentLegs, station)
    registerMobileRoutes(scope, { sites, verifications, station })
    const off = kernel.events.on(agentLegChanged, async ({ legId, state }) => {
      if (state === 'ready' || state === 'ended') await verifications.called(legId, state === 'ready')
    })
    scope.addHook('preClose', async () => {
      off()
    })
  }
})
