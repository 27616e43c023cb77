import type { AgentStateName } from '@evscallpro/api-client'
import { words } from './words.ts'

/** The states of an agent, as chips and the state button name them. */
export const stateWords = words<AgentStateName>(
  {
    offline: 'Off duty',
    ready: 'Ready',
    reserved: 'Reserved',
    ringing_agent: 'Ringing phone',
    agent_accepted: 'Agent on line',
    dialling_customer: 'Dialling',
    talking: 'Talking',
    wrap_up: 'Wrap-up',
    paused: 'Paused',
    disconnected_ui: 'Screen lost',
    phone_lost: 'Phone lost'
  },
  {
    offline: 'Hors service',
    ready: 'Disponible',
    reserved: 'Réservé',
    ringing_agent: 'Poste sonne',
    agent_accepted: 'Agent en ligne',
    dialling_customer: 'Appel du contact',
    talking: 'En communication',
    wrap_up: 'Post-appel',
    paused: 'En pause',
    disconnected_ui: 'Écran perdu',
    phone_lost: 'Poste injoignable'
  }
)
