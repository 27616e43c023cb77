import { defineEvent } from '@evscallpro/core'
import { Type } from 'typebox'

/** Counters that changed, some hundred milliseconds together: only rules that differ from the event before. */
export const quotasProgressed = defineEvent('quotas.progressed', {
  campaignId: Type.Integer(),
  rules: Type.Array(
    Type.Object({
      id: Type.Integer(),
      completed: Type.Integer(),
      reserved: Type.Integer(),
      remaining: Type.Integer(),
      revision: Type.Integer({ description: 'Grows with every change; the newest wins' })
    })
  )
})

/** A rule was made, changed or removed, or counts every contact now. */
export const ruleChanged = defineEvent('quotas.rule-changed', {
  campaignId: Type.Integer(),
  ruleId: Type.Integer(),
  state: Type.String()
})
