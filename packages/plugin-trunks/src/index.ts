export type { CauseRule } from './cause-rules.ts'
export type { RequestedCallerId } from './decision/caller-id.ts'
export {
  type Decision,
  type DecisionStep,
  type Destination,
  decide,
  type TrunkCondition
} from './decision/decide.ts'
export { type DialplanFile, dialplanFiles } from './dialplan/files.ts'
export { type DialplanData, type DialplanSite, readDialplanData } from './dialplan/sites.ts'
export type {
  CallerIdMode,
  DtmfMode,
  FailOver,
  SitePlan,
  SiteRoute,
  Trunk
} from './trunk.ts'
export { trunks } from './trunks-plugin.ts'
