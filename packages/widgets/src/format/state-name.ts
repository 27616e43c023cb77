import type { AgentStateName, Session } from '@evscallpro/api-client'
import type { Language } from '../text/words.ts'

/** Something that is named in both languages where it was set up. */
export interface Labelled {
  readonly labelFr: string
  readonly labelEn: string
}

export const labelOf = ({ labelFr, labelEn }: Labelled, language: Language): string =>
  language === 'fr' ? labelFr : labelEn

type Say = (state: AgentStateName) => string

/** What a pause is called; one that is not in the list, such as a supervisor's order, is just a pause. */
export function pauseName(session: Session, code: string | null, language: Language, say: Say): string {
  const reason = session.pauseReasons.value.find(each => each.code === code)
  return reason ? labelOf(reason, language) : say('paused')
}

/** What the agent's state is called: a pause by its reason. */
export function stateName(session: Session, language: Language, say: Say): string {
  const { state, pauseReason } = session.agent.value ?? { state: 'offline', pauseReason: null }
  return state === 'paused' ? pauseName(session, pauseReason, language, say) : say(state)
}
