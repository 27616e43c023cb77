export { type Answer, type Api, createApi, type Input, type PathOf } from './api.ts'
export {
  type CommandErrorCode,
  type CommandName,
  type CommandRefusal,
  type CommandResult,
  type Commands,
  commandErrorCodes,
  type NextContact
} from './command.ts'
export { createSession } from './create-session.ts'
export type { HostEvent, HostEventDetails, HostEventName, SideEffect } from './host-event.ts'
export { Listeners } from './listeners.ts'
export { LiveTable, LiveValue } from './live.ts'
export {
  createMockSession,
  type MockControls,
  type MockSession,
  refusal,
  type SentCommand
} from './mock-session.ts'
export {
  type AgentCampaign,
  type AgentStateName,
  type AgentView,
  agentStates,
  type BoardRow,
  type BothLanguages,
  type CallCapability,
  type CallState,
  type CallView,
  type CampaignRow,
  type ContactCard,
  type DispatchReason,
  type Disposition,
  type Handout,
  type HandoutReason,
  type LastCall,
  type LegState,
  type LegView,
  type LiveCall,
  type Me,
  type PauseReason,
  type Profile,
  type Qualification,
  type QuotaRow,
  type Station,
  type WrapUp
} from './model.ts'
export { openSession, type SessionOptions } from './open-session.ts'
export type { components, operations, paths } from './openapi.ts'
export { browserPlatform, type FetchLike, type Platform, type SocketLike } from './platform.ts'
export { ApiError, type Method } from './rest.ts'
export type { Connection, Live, LiveRows, RowChange, Session, TabRole } from './session.ts'
export { createTables, type Tables, type TablesMaker } from './tables.ts'
