/** One thing that was looked at. `missing`: work cannot go on. `danger`: open to more than calls. `advice`: less than it could be. */
export interface CheckLine {
  readonly verdict: 'ok' | 'missing' | 'danger' | 'advice'
  /** Says what was found, and unless all is well the mend. */
  readonly sentence: string
}

export const ok = (sentence: string): CheckLine => ({ verdict: 'ok', sentence })
export const missing = (sentence: string): CheckLine => ({ verdict: 'missing', sentence })
export const danger = (sentence: string): CheckLine => ({ verdict: 'danger', sentence })
export const advice = (sentence: string): CheckLine => ({ verdict: 'advice', sentence })
