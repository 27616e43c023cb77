import { defineEvent } from '@evscallpro/core'
import { Type } from 'typebox'

/** A rule was made, changed or removed, or counts every contact now. */
export const ruleChanged = defineEvent('quotas.rule-changed', {
  campaignId: Type.Integer(),
  ruleId: Type.Integer(),
  state: Type.String()
})
