import { callLedger, definePlugin, diallingChanged, telephony } from '@evscallpro/core'
import { Type } from 'typebox'
import { AmiTelephony } from './ami-telephony.ts'
import { checkAsteriskCommand } from './check/check-asterisk-command.ts'
import { PbxCheck } from './check/pbx-check.ts'
import { AmiEndpoints } from './endpoints/ami-endpoints.ts'
import { pbxEndpoints } from './endpoints/pbx-endpoints.ts'
import { isAllowedAction } from './facade/allowed-actions.ts'
import { createAsteriskManager } from './facade/asterisk-manager.ts'
import type { AsteriskManager } from './facade/types.ts'
import { asteriskKitCommand } from './kit/asterisk-kit-command.ts'
import { AmiLink } from './link/ami-link.ts'
import { watchLink } from './link-log.ts'
import { registerPbxMetrics } from './metrics.ts'
import { journals } from './migration.ts'
import { PbxLease } from './pbx-lease.ts'
import { PbxReading } from './pbx-reading.ts'
import { PhoneRules } from './phone-rules.ts'
import { reconcileCommand } from './reconcile/reconcile-command.ts'
import { replayCommand } from './replay/replay-command.ts'
import { registerPbxRoutes } from './routes.ts'
import { AskedTrunks, pbxTrunks } from './trunks/pbx-trunks.ts'

export { type PbxContact, type PbxEndpoints, pbxEndpoints } from './endpoints/pbx-endpoints.ts'
export { type KitFile, type KitSettings, kitTemplates, writeAsteriskKit } from './kit/asterisk-kit.ts'

export { type PbxTrunks, pbxTrunks, type TrunkState } from './trunks/pbx-trunks.ts'

declare module 'fastify' {
  interface FastifyInstance {
    /** The emitter that integrators know from the package asterisk-manager, fed by our own link. */
    readonly ami: AsteriskManager
  }
}

/** Read classes of the event session: FullyBooted and trunks; channels, dials, bridges; our dialplan's UserEvents; CDRs for the cross-check. */
const readClasses = 'system,call,user,cdr'

/** The link to one Asterisk: starts and ends calls, and writes one record for each. */
export const ami = definePlugin({
  name: 'ami',
  version: '0.1.0',
  core: '^0.1.0',
  config: {
    pbx: Type.String({
      pattern: '^[A-Za-z0-9_-]{1,40}$',
      default: 'asterisk',
      description: 'Name of the PBX, stored with each call'
    }),
    host: Type.String({ minLength: 1, default: '127.0.0.1' }),
    port: Type.Integer({ minimum: 1, maximum: 65_535, default: 5038 }),
    username: Type.String({ minLength: 1 }),
    secret: Type.String({ minLength: 1 }),
    tls: Type.Boolean({ default: false }),
    mode: Type.Union([Type.Literal('dialplan'), Type.Literal('trial')], {
      default: 'dialplan',
      description: 'trial: without our dialplan on the PBX; softphones only, one way out, no fail-over'
    }),
    journal: Type.Optional(
      Type.Object(
        {
          folder: Type.String({
            minLength: 1,
            description: 'On a local disk; processes of one machine share it'
          }),
          retentionHours: Type.Integer({ minimum: 1, maximum: 8784, default: 72 }),
          segmentBytes: Type.Integer({ minimum: 65_536, maximum: 1_073_741_824, default: 16_777_216 })
        },
        {
          description:
            'Where every event is kept before it is read; without it a crash loses what was in memory'
        }
      )
    )
  },
  permissions: {
    'ami:read': {
      description: 'See the state of the PBX and the cross-check with its CDR',
      roles: ['supervisor']
    }
  },
  exposes: ['ami'],
  offers: [pbxEndpoints, pbxTrunks],
  migrations: { '0001-journals': journals },
  commands: {
    'asterisk-kit': asteriskKitCommand,
    'check-asterisk': checkAsteriskCommand,
    replay: replayCommand,
    reconcile: reconcileCommand
  },

  setup(scope, { config, kernel, fill, probe, expose }) {
    const { pbx, mode, journal = null, ...address } = config
    const { db, clock, log } = kernel
    const actions = new AmiLink({ ...address, events: 'off' })
    const events = new AmiLink({ ...address, events: readClasses })
    watchLink(actions, 'action session', pbx, log)
    watchLink(events, 'event session', pbx, log)
    let reading: PbxReading | undefined
    const lease = new PbxLease({
      db,
      pbx,
      clock,
      log,
      onTaken() {
        log.info({ pbx }, 'this process reads the events of the PBX')
        const ledger = kernel.extensions.one(callLedger)
        reading = new PbxReading({ pbx, link: events, db, ledger, clock, log, journal })
      },
      onLost: () => void reading?.stop(),
      onHangup: callId => reading?.noteHangup(callId)
    })
    fill(
      telephony,
      new AmiTelephony({
        pbx,
        actions,
        mode,
        announceHangup: callId => lease.announceHangup(callId),
        pause: ms => new Promise(resolve => clock.setTimeout(resolve, ms))
      })
    )
    fill(pbxEndpoints, new AmiEndpoints(actions, events))
    fill(pbxTrunks, new AskedTrunks(actions, clock))
    const phoneRules = new PhoneRules({ pbx, db, actions, clock, log })
    if (mode === 'dialplan') {
      actions.on('up', () => void phoneRules.tell())
      kernel.events.on(diallingChanged, () => phoneRules.tell())
    }
    const check = new PbxCheck(pbx, actions, events, log)
    registerPbxRoutes(scope, kernel, {
      pbx,
      check,
      failures: () => reading?.failures ?? [],
      isUp: () => actions.isUp
    })
    const reads = () => (lease.held ? reading : undefined)
    registerPbxMetrics(kernel, { pbx, actions, events, reading: reads })
    const manager = createAsteriskManager(actions, events, isAllowedAction)
    expose('ami', manager)
    probe('link', async () => {
      if (!actions.isUp) return `the link to the PBX ${pbx} is down: no call can be started`
      if (lease.held && !events.isUp)
        return `the event session with the PBX ${pbx} is down: calls are not being recorded`
      return null
    })
    probe('account', async () => check.failure)
    probe('journal', async () => (lease.held && reading?.failures.join('. ')) || null)
    scope.addHook('onReady', async () => {
      actions.start()
      lease.start()
    })
    scope.addHook('preClose', async () => reading?.finish())
    scope.addHook('onClose', async () => {
      await lease.close()
      await reading?.stop()
      await actions.close()
      await phoneRules.stop()
    })
  }
})
