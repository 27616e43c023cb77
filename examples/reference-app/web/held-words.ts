import { texts } from './page-element.ts'

/** Callbacks that are held back, and what may be decided about them. */
export const heldWords = texts(
  {
    title: 'Callbacks held back',
    lead: 'A quota is full: raise its limit, and the callback is served when it is due; or give it up.',
    none: 'No callback is held back.',
    loading: 'Loading …',
    first: 'Only the first {n} are shown.',
    due: 'Due',
    contact: 'Contact',
    agent: 'Agent',
    campaign: 'Campaign',
    rule: 'Held back by',
    team: 'the team',
    late: 'late',
    nameless: 'Contact {id}',
    quota_full: 'full',
    quota_building: 'is being counted',
    change: 'Change the rule',
    giveUp: 'Give up',
    giveUpOf: 'Give up the callback of',
    sure: 'Call this contact no more?',
    yes: 'Yes, give up',
    no: 'Keep'
  },
  {
    title: 'Rappels retenus',
    lead: 'Un quota est complet : relevez sa limite, et le rappel est servi à son heure ; ou abandonnez-le.',
    none: 'Aucun rappel n’est retenu.',
    loading: 'Chargement …',
    first: 'Seuls les {n} premiers sont affichés.',
    due: 'Prévu',
    contact: 'Fiche',
    agent: 'Agent',
    campaign: 'Campagne',
    rule: 'Retenu par',
    team: 'l’équipe',
    late: 'en retard',
    nameless: 'Fiche {id}',
    quota_full: 'complète',
    quota_building: 'en cours de comptage',
    change: 'Modifier la règle',
    giveUp: 'Abandonner',
    giveUpOf: 'Abandonner le rappel de',
    sure: 'Ne plus appeler cette fiche ?',
    yes: 'Oui, abandonner',
    no: 'Garder'
  }
)
