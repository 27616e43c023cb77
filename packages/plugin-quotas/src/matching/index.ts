export { compileRules, type IdentifiedCondition, type Matcher } from './compile-rules.ts'
export {
  type Condition,
  type ContactColumn,
  contactColumns,
  customPrefix,
  type FieldType,
  type FieldTypes,
  type MatchableContact,
  type Operator,
  operators,
  type Rule
} from './condition.ts'
export { matchesOne } from './matches-one.ts'
export { parseRule, type RuleIssue } from './parse-rule.ts'
export { type SqlFragment, sqlPredicate } from './sql-predicate.ts'
