import { definePlugin } from '../kernel/plugin.ts'
import { coreVersion } from '../kernel/version.ts'
import { sitesAndUsers } from '../migrations/0001-sites-and-users.ts'
import { userPermissions } from './user/permissions.ts'

/** The call-centre domain: a plugin like any other, except that its routes start at `/api`. */
export const coreDomain = definePlugin({
  name: 'core',
  version: coreVersion,
  permissions: { ...userPermissions },
  migrations: { '0001-sites-and-users': sitesAndUsers },
  setup() {}
})
