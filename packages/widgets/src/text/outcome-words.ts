import { words } from './words.ts'

/** How a call ended; the keys are the closed list of the server. */
export const outcomeWords = words(
  {
    answered: 'Answered',
    no_answer: 'No answer',
    busy: 'Busy',
    rejected: 'Rejected',
    invalid_number: 'Wrong number',
    unreachable: 'Not reachable',
    congestion: 'Network full',
    cancelled: 'Cancelled',
    failed: 'Failed',
    blocked: 'Blocked',
    missed: 'Missed',
    abandoned: 'Abandoned',
    agent_no_answer: 'Agent did not answer',
    agent_busy: 'Agent’s phone busy',
    agent_rejected: 'Agent rejected it',
    agent_unreachable: 'Agent’s phone not reachable',
    agent_cancelled: 'Cancelled before the contact was called',
    agent_not_accepted: 'Agent did not accept'
  },
  {
    answered: 'Répondu',
    no_answer: 'Sans réponse',
    busy: 'Occupé',
    rejected: 'Refusé',
    invalid_number: 'Mauvais numéro',
    unreachable: 'Injoignable',
    congestion: 'Réseau saturé',
    cancelled: 'Annulé',
    failed: 'Échec',
    blocked: 'Bloqué',
    missed: 'Manqué',
    abandoned: 'Abandonné',
    agent_no_answer: 'Poste sans réponse',
    agent_busy: 'Poste occupé',
    agent_rejected: 'Refusé au poste',
    agent_unreachable: 'Poste injoignable',
    agent_cancelled: 'Annulé avant l’appel du contact',
    agent_not_accepted: 'Non accepté au poste'
  }
)
export type OutcomeKey = keyof (typeof outcomeWords)['en']

/** Whether the server's outcome is one of the list (a newer server may know more). */
export const isOutcome = (outcome: string): outcome is OutcomeKey => outcome in outcomeWords.en
