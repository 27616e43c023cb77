import { agentLegs, definePlugin } from '@evscallpro/core'
import { pbxEndpoints } from '@evscallpro/plugin-ami'
import { Type } from 'typebox'
import { Accounts } from './account/accounts.ts'
import { Announcer } from './change/announcer.ts'
import { ChangeSignal } from './change/change-signal.ts'
import { DeviceWatch } from './device/device-watch.ts'
import { Devices } from './device/devices.ts'
import { deviceLeg } from './device/extension-leg.ts'
import { devicesChanged } from './events.ts'
import { extensionsFileCommand } from './extensions-file-command.ts'
import { accounts as accountsMigration } from './migrations/0001-accounts.ts'
import { registerRoutes } from './routes.ts'
import { ProvisioningLinks } from './sheet/provisioning-links.ts'

/** Agents' SIP accounts on the central Asterisk: made, changed and disabled in one place, in force within a second. */
export const extensions = definePlugin({
  name: 'extensions',
  version: '0.1.0',
  core: '^0.1.0',
  dependencies: { ami: '^0.1.0' },
  config: {
    sipHost: Type.String({
      pattern: '^[A-Za-z0-9.:-]{1,253}$',
      description: 'Where phones register: name or address of the central PBX, as they see it (VPN)'
    }),
    sipPort: Type.Integer({ minimum: 1, maximum: 65_535, default: 5060 }),
    sipTransport: Type.Enum(['udp', 'tcp', 'tls'], { default: 'udp' }),
    source: Type.Enum(['views', 'file'], {
      default: 'views',
      description:
        "Where the PBX reads accounts: the database's views, and changes are announced to it; or the file of 'evs extensions-file', which an administrator reloads"
    }),
    realm: Type.String({
      pattern: '^[A-Za-z0-9._-]{1,60}$',
      default: 'evs',
      description: 'Part of every stored digest: after a change all secrets have to be made anew'
    }),
    codecs: Type.Array(Type.String({ pattern: '^[a-z0-9]{2,12}$' }), {
      minItems: 1,
      default: ['alaw', 'ulaw'],
      description: "Of softphones and desk phones, in Asterisk's names, the preferred one first"
    }),
    maxContacts: Type.Integer({
      minimum: 1,
      maximum: 10,
      default: 3,
      description: 'Devices that may be registered with one account, unless it says otherwise'
    }),
    ringSeconds: Type.Integer({ minimum: 3, maximum: 120, default: 25 }),
    rtpTimeoutSeconds: Type.Integer({
      minimum: 10,
      maximum: 600,
      default: 30,
      description: 'A phone that is silent so long in a call is gone, and its call ends'
    }),
    rtpTimeoutHoldSeconds: Type.Integer({ minimum: 60, maximum: 7200, default: 600 }),
    qualifySeconds: Type.Integer({
      minimum: 5,
      maximum: 600,
      default: 30,
      description: 'How often each registered device is asked whether it is there'
    }),
    publicUrl: Type.Optional(
      Type.String({
        pattern: '^https?://[^/?#]+(/[^?#]*)?$',
        description: 'This server as phones reach it; with it sheets bear a QR code for Linphone'
      })
    )
  },
  permissions: {
    'extensions:read': { description: 'See SIP accounts and registered devices', roles: ['supervisor'] },
    'extensions:write': { description: 'Make, change and disable SIP accounts and their secrets', roles: [] }
  },
  emits: [devicesChanged],
  migrations: { '0001-accounts': accountsMigration },
  commands: { 'extensions-file': extensionsFileCommand },

  setup(scope, { config, kernel, fill }) {
    const { sipHost, sipPort, sipTransport, realm, codecs, publicUrl = null } = config
    const endpoints = kernel.extensions.one(pbxEndpoints)
    const server = { host: sipHost, port: sipPort, transport: sipTransport, realm, codecs }
    const devices = new Devices(kernel, endpoints)
    const announcer = config.source === 'views' ? new Announcer(kernel, endpoints) : null
    const signal = new ChangeSignal(kernel, () => announcer?.kick())
    const watch = new DeviceWatch(kernel, endpoints, devices)
    fill(agentLegs, deviceLeg(kernel, endpoints, devices, config.ringSeconds))
    registerRoutes(scope, kernel, {
      accounts: new Accounts(kernel, { realm, maxContacts: config.maxContacts }),
      devices,
      announces: announcer !== null,
      links: new ProvisioningLinks(kernel, server, publicUrl),
      server
    })
    scope.addHook('onReady', async () => {
      await kernel.db('extensions.settings').update({
        codecs: codecs.join(','),
        rtp_timeout_s: config.rtpTimeoutSeconds,
        rtp_timeout_hold_s: config.rtpTimeoutHoldSeconds,
        qualify_s: config.qualifySeconds
      })
      watch.start()
      announcer?.start()
      if (announcer) await signal.start()
    })
    scope.addHook('preClose', async () => {
      watch.stop()
      await signal.stop()
      await announcer?.stop()
    })
  }
})
