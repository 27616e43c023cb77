// Kernel: the plugin contract
export { type AppOptions, createApp, withDomain } from './app.ts'
// Domain: what plugins fill and read
export { type AgentPhones, agentPhones } from './domain/agent/agent-phones.ts'
export {
  type CallCapability,
  type ControllableCall,
  type Controller,
  callCapabilities,
  callCapabilityNames
} from './domain/call/call-capabilities.ts'
export { rewriteCall } from './domain/call/call-history.ts'
export { type CallLedger, callLedger } from './domain/call/call-ledger.ts'
export {
  type AcceptanceFact,
  type AcceptedBy,
  type AskedFact,
  type CallFact,
  type CallRecord,
  type CallRole,
  type EndedBy,
  type EndedFact,
  type HandCallFact,
  type LegFact,
  type LegRecord,
  type ListeningFact,
  type Outcome,
  outcomes,
  type ProgressFact,
  recordOfNothing,
  type SwitchFact,
  type TransferRecord,
  type WaitingLegFact
} from './domain/call/call-record.ts'
export { LiveCall, type LiveCallWire, liveCall } from './domain/call/live-call.ts'
export { seesCampaign } from './domain/campaign/campaign-scope.ts'
export { tryNormaliseNumber } from './domain/contact/phone-number.ts'
export { coreDomain } from './domain/core-plugin.ts'
export {
  type ClassifiableContact,
  type DispatchGate,
  dispatchGates,
  type Obstacle
} from './domain/dispatch/dispatch-gate.ts'
export {
  agentLegChanged,
  agentStateChanged,
  callEnded,
  callProgressed,
  callRequested,
  diallingChanged,
  handoutEnded,
  handoutGranted,
  workAppeared
} from './domain/events.ts'
export {
  type Facts,
  type RealtimeTopic,
  realtimeTopics,
  type TopicChanges,
  type TopicQuery,
  type TopicRow
} from './domain/realtime/realtime-topic.ts'
export {
  type AgentLegStrategy,
  type AgentProfile,
  agentLegs,
  type BothLanguages,
  noExtension,
  refuseStation,
  type StationRefusal
} from './domain/telephony/agent-leg.ts'
export { type EmergencyPlan, emergencyPlans } from './domain/telephony/emergency.ts'
export {
  type CallableClass,
  callableClasses,
  classifyNumber,
  type NumberClass,
  numberClasses,
  premiumCodes,
  satelliteCodes,
  sharedCodes
} from './domain/telephony/number-class.ts'
export { type NumberingPlan, numberingPlan } from './domain/telephony/numbering-plan.ts'
export type { OpenLeg } from './domain/telephony/open-legs.ts'
export { type CodeQuestion, type PhoneQuestions, phoneQuestions } from './domain/telephony/phone-questions.ts'
export { reachesNumber } from './domain/telephony/same-number.ts'
export {
  type AgentLeg,
  type CallContext,
  type CallControl,
  type CallOnLine,
  type CallOrder,
  type Confirmation,
  type HoldLegRequest,
  type ListenRequest,
  type OpenCall,
  type OriginateRequest,
  type Route,
  type TelephonyPort,
  telephony,
  type WaitingLeg
} from './domain/telephony/telephony-port.ts'
export { type TrunkCapacity, type TrunkRoom, trunkCapacities } from './domain/telephony/trunk-ports.ts'
export { type TrunkQuery, type TrunkSelector, trunkSelectors } from './domain/telephony/trunk-selector.ts'
export {
  type AnswerSupervision,
  answerSupervisions,
  type TrunkSupervision,
  trunkSupervisions
} from './domain/telephony/trunk-supervision.ts'
export { hashPassword, type PasswordCost } from './domain/user/password.ts'
export { userDeactivated } from './domain/user/user-routes.ts'
export { issueSession } from './domain/user/user-sessions.ts'
export { createUser, type NewUser, type UserRow } from './domain/user/users.ts'
export type { WebhookOptions } from './domain/webhook/settings.ts'
export { type Actor, type Role, type RowOwner, type RowScope, roles } from './kernel/actor.ts'
export { type Authenticator, authenticators } from './kernel/auth.ts'
export { type Clock, clock, systemClock, type Timer } from './kernel/clock.ts'
export { runCommand } from './kernel/commands.ts'
export { mapConstraints, violatedConstraint } from './kernel/constraint.ts'
export { createKernelApp, type KernelOptions } from './kernel/create-kernel-app.ts'
export { checkServer, connectDatabase, type DatabaseOptions } from './kernel/database.ts'
export {
  InvalidFieldError,
  InvalidRequestError,
  NotFoundError,
  RevisionMismatchError,
  UnauthenticatedError
} from './kernel/errors.ts'
export { defineEvent, type Events, type EventType } from './kernel/events.ts'
export {
  type Chain,
  defineChain,
  definePort,
  type ExtensionPoint,
  type Port
} from './kernel/extension-point.ts'
export type { Kernel } from './kernel/kernel.ts'
export { type LogOptions, logOptions, maskPhones } from './kernel/log.ts'
export type { MetricSpec, Metrics, Readings } from './kernel/metrics.ts'
export { migrate, pendingMigrations } from './kernel/migrate.ts'
export { migrationKey } from './kernel/migration-key.ts'
export { Nullable } from './kernel/nullable.ts'
export { cutPage, PageQuery, pageOf } from './kernel/page.ts'
export {
  type Command,
  type CommandIo,
  definePlugin,
  type Migration,
  type PermissionSpec,
  type Plugin,
  type PluginManifest,
  type PluginScope,
  type SetupContext
} from './kernel/plugin.ts'
export { orderPlugins } from './kernel/plugin-order.ts'
export { type Issue, invalidField, Problem } from './kernel/problem.ts'
export { checkRevision, etagOf, IfMatch, readIfMatch } from './kernel/revision.ts'
export { type Closable, closeOnSignals, type ShutdownOptions } from './kernel/shutdown.ts'
export { coreVersion } from './kernel/version.ts'
export { toColumns, toWire, type Wire } from './kernel/wire.ts'
