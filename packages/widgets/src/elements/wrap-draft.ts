import type { Disposition, Handout, Qualification } from '@evscallpro/api-client'
import { instantOf, wallTime } from '../format/zone-time.ts'

/** What the agent has entered, as the fields hold it. */
export interface WrapDraft {
  readonly dispositionId: number | null
  readonly note: string
  /** Wall clock of the contact: `2026-11-24`, `18:15`; empty: not chosen. */
  readonly date: string
  readonly time: string
  readonly personal: boolean
}

/** What has still to be entered, by the key of its sentence. */
export type WrapIssue = 'chooseFirst' | 'chooseDate' | 'dateIsPast'

/** What the server has of this hand-out, with what was typed since. */
export function wrapDraft(handout: Handout, typed: Partial<WrapDraft>): WrapDraft {
  const { dispositionId, note, callbackAt, callbackPersonal, contact } = handout
  const at = callbackAt ? wallTime(Date.parse(callbackAt), contact.timeZone) : { date: '', time: '' }
  return { dispositionId, note: note ?? '', ...at, personal: callbackPersonal, ...typed }
}

export const chosenOf = (handout: Handout, draft: WrapDraft): Disposition | null =>
  handout.dispositions.find(({ id }) => id === draft.dispositionId) ?? null

/** The qualification as the server takes it, or what is missing. `now`: the server's time, ms. */
export function qualificationOf(handout: Handout, draft: WrapDraft, now: number): Qualification | WrapIssue {
  const chosen = chosenOf(handout, draft)
  if (!chosen) return 'chooseFirst'
  const note = draft.note.trim() || null
  if (!chosen.callback) return { dispositionId: chosen.id, note }
  const at = instantOf(draft, handout.contact.timeZone)
  if (at === null) return 'chooseDate'
  if (at <= now) return 'dateIsPast'
  return {
    dispositionId: chosen.id,
    note,
    callbackAt: new Date(at).toISOString(),
    callbackPersonal: draft.personal
  }
}
