export { ruleChanged } from './events.ts'
export { type Bucket, type Forecast, forecast, type Outcome, type Standing } from './forecast.ts'
export {
  type Condition,
  compileRules,
  contactColumns,
  type FieldType,
  type FieldTypes,
  type Matcher,
  matchesOne,
  operators,
  parseRule,
  type Rule,
  type RuleIssue,
  sqlPredicate
} from './matching/index.ts'
export { quotas } from './quotas-plugin.ts'
