import { Type } from 'typebox'
import { definePlugin } from '../kernel/plugin.ts'
import { coreVersion } from '../kernel/version.ts'
import { sitesAndUsers } from '../migrations/0001-sites-and-users.ts'
import { campaignsAndContacts } from '../migrations/0002-campaigns-and-contacts.ts'
import { dispatch } from '../migrations/0003-dispatch.ts'
import { agents } from '../migrations/0004-agents.ts'
import { calls } from '../migrations/0005-calls.ts'
import { webhooks } from '../migrations/0006-webhooks.ts'
import { dialling } from '../migrations/0007-dialling.ts'
import { callControls } from '../migrations/0008-call-controls.ts'
import { realtime } from '../migrations/0010-realtime.ts'
import { transfers } from '../migrations/0011-transfers.ts'
import { audit } from '../migrations/0012-audit.ts'
import { agentPhones, SessionPhones } from './agent/agent-phones.ts'
import { registerAgentRoutes } from './agent/agent-routes.ts'
import { registerAuditRoutes } from './audit/audit-routes.ts'
import { registerCallControlRoutes } from './call/call-control-routes.ts'
import { registerCallExportRoutes } from './call/call-export-routes.ts'
import { registerCallHistoryRoutes } from './call/call-history-routes.ts'
import { callLedger } from './call/call-ledger.ts'
import { registerCallRoutes } from './call/call-routes.ts'
import { registerCallStatsRoutes } from './call/call-stats-routes.ts'
import { recountStatsCommand } from './call/recount-stats-command.ts'
import { registerCallbackRoutes } from './callback/callback-routes.ts'
import { registerCampaignAgents } from './campaign/campaign-agents-routes.ts'
import { registerCampaignRoutes } from './campaign/campaign-routes.ts'
import { registerHoursPresets } from './campaign/hours-preset-routes.ts'
import { registerContactRoutes } from './contact/contact-routes.ts'
import { createCoreServices } from './core-services.ts'
import { dispatchGates } from './dispatch/dispatch-gate.ts'
import { registerGates } from './dispatch/gate-registry.ts'
import { registerHandoutRoutes } from './dispatch/handout-routes.ts'
import { HandoutView } from './dispatch/handout-view.ts'
import { removeGateCommand } from './dispatch/remove-gate-command.ts'
import { registerDispositionRoutes } from './disposition/disposition-routes.ts'
import {
  agentLegChanged,
  agentStateChanged,
  callEnded,
  callProgressed,
  callRequested,
  diallingChanged,
  handoutEnded,
  handoutGranted,
  workAppeared
} from './events.ts'
import { Housekeeping } from './housekeeping.ts'
import { registerDomainMetrics } from './metrics.ts'
import { registerPauseReasonRoutes } from './pause/pause-reason-routes.ts'
import { corePermissions } from './permissions.ts'
import { boardTopic } from './realtime/board-topic.ts'
import { callsTopic } from './realtime/calls-topic.ts'
import { campaignsTopic } from './realtime/campaigns-topic.ts'
import { meTopic } from './realtime/me-topic.ts'
import { MeView } from './realtime/me-view.ts'
import { realtimeTopics } from './realtime/realtime-topic.ts'
import { registerRealtime } from './realtime/register.ts'
import { registerSuppressionRoutes } from './suppression/suppression-routes.ts'
import { agentLegs, extensionLeg } from './telephony/agent-leg.ts'
import {
  DestinationOptions,
  DialLimitOptions,
  MaxCallOption,
  NumberClassOptions
} from './telephony/dialling-options.ts'
import { registerDiallingRoutes } from './telephony/dialling-routes.ts'
import { emergencyPlans } from './telephony/emergency.ts'
import { phoneQuestions } from './telephony/phone-questions.ts'
import { telephony } from './telephony/telephony-port.ts'
import { trunkCapacities } from './telephony/trunk-ports.ts'
import { siteTrunks, trunkSelectors } from './telephony/trunk-selector.ts'
import { trunkSupervisions } from './telephony/trunk-supervision.ts'
import { registerUserRoutes } from './user/register.ts'
import { userDeactivated } from './user/user-routes.ts'
import { registerWebhooks } from './webhook/register.ts'
import { WebhookOptions } from './webhook/settings.ts'

/** The call-centre domain: a plugin like any other, except that its routes start at `/api`. */
export const coreDomain = definePlugin({
  name: 'core',
  version: coreVersion,
  config: {
    agentRingSeconds: Type.Integer({
      minimum: 3,
      maximum: 120,
      default: 25,
      description: "How long the agent's own phone rings"
    }),
    destinations: DestinationOptions,
    numberClasses: NumberClassOptions,
    maxCallSeconds: MaxCallOption,
    dialLimits: DialLimitOptions,
    webhooks: WebhookOptions
  },
  permissions: corePermissions,
  offers: [
    telephony,
    agentPhones,
    callLedger,
    agentLegs,
    phoneQuestions,
    trunkSelectors,
    trunkCapacities,
    trunkSupervisions,
    emergencyPlans,
    dispatchGates,
    realtimeTopics
  ],
  emits: [
    agentLegChanged,
    agentStateChanged,
    handoutGranted,
    handoutEnded,
    callRequested,
    callProgressed,
    callEnded,
    diallingChanged,
    workAppeared,
    userDeactivated
  ],
  migrations: {
    '0001-sites-and-users': sitesAndUsers,
    '0002-campaigns-and-contacts': campaignsAndContacts,
    '0003-dispatch': dispatch,
    '0004-agents': agents,
    '0005-calls': calls,
    '0006-webhooks': webhooks,
    '0007-dialling': dialling,
    '0008-call-controls': callControls,
    '0010-realtime': realtime,
    '0011-transfers': transfers,
    '0012-audit': audit
  },
  commands: { 'dispatch-gate-remove': removeGateCommand, 'recount-stats': recountStatsCommand },

  async setup(scope, { config, kernel, fill }) {
    const { destinations, numberClasses: classes, maxCallSeconds, dialLimits: limits } = config
    const services = createCoreServices(kernel, {
      policy: { ...destinations, classes, maxCallSeconds },
      limits
    })
    fill(callLedger, services.ledger)
    registerDomainMetrics(kernel)
    fill(agentPhones, new SessionPhones(kernel))
    fill(phoneQuestions, services.held)
    fill(agentLegs, extensionLeg(config.agentRingSeconds), { fallback: true })
    fill(trunkSelectors, siteTrunks, { order: 1000 })
    registerUserRoutes(scope, { kernel, fill })
    registerAgentRoutes(scope, kernel, services)
    registerHandoutRoutes(scope, kernel, new HandoutView(kernel.db), services)
    registerCallRoutes(scope, kernel, services.calls)
    registerDiallingRoutes(scope, kernel)
    registerCallControlRoutes(scope, services.controls)
    registerAuditRoutes(scope, kernel)
    registerCallHistoryRoutes(scope, kernel)
    registerCallExportRoutes(scope, kernel)
    registerCallStatsRoutes(scope, kernel)
    registerCampaignRoutes(scope, kernel)
    registerCampaignAgents(scope, kernel)
    registerHoursPresets(scope)
    registerDispositionRoutes(scope, kernel)
    registerContactRoutes(scope, kernel)
    registerSuppressionRoutes(scope, kernel)
    registerCallbackRoutes(scope, kernel)
    registerPauseReasonRoutes(scope, kernel)
    const me = new MeView(kernel, services.sessions)
    fill(realtimeTopics, meTopic(kernel, me))
    fill(realtimeTopics, boardTopic(kernel))
    fill(realtimeTopics, callsTopic(kernel))
    fill(realtimeTopics, campaignsTopic(kernel))
    await registerRealtime(scope, kernel)
    const worker = registerWebhooks(scope, kernel, config.webhooks)
    const housekeeping = new Housekeeping(kernel, services.ending, services.countdowns)
    scope.addHook('onReady', async () => {
      // For what is made from the database alone, such as the PBX's own dialplan.
      await kernel.db('core.dialling').update({ policy: JSON.stringify({ ...destinations, classes }) })
      await registerGates(kernel)
      await services.work.start()
      await housekeeping.start()
      worker.start()
    })
    scope.addHook('preClose', async () => {
      housekeeping.stop()
      services.countdowns.stop()
      await services.work.stop()
      await worker.stop()
    })
    scope.addHook('onClose', () => services.dispatcher.close())
  }
})
